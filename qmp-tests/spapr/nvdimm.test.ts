import assert from 'node:assert/strict';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, mappingsOf } from '../vfio/observe.ts';
import { spaprMachine } from '../vfio/soundness.ts';

const MIB = 1 << 20;
const GIB = 1 << 30;
/** The connectors of NVDIMMs are numbered by sockets. */
const CONNECTOR = 0x90000000;
const UUID = '75a3cdd7-6a2f-4791-8d15-fe0a920e8e9e';

function machine(): TestMachine {
  const device = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;
  const host = hostFrom({
    iommu: 'spapr-tce-v2',
    'page-sizes': [0x1000, 0x10000],
    memlock: 2 * GIB,
    kvm: [],
    groups: [{ id: 1, devices: [{ ...device, address: '0001:00:00.0' }] }],
  });
  return new TestMachine({ host, ramSize: BigInt(GIB), ramSlots: 4n, maxRamSize: 16n * BigInt(GIB) });
}

async function plug(test: TestMachine): Promise<void> {
  await test.execute('object-add', { 'qom-type': 'memory-backend-ram', id: 'memory', size: 257 * MIB });
  await test.execute('device_add', {
    ...{ driver: 'nvdimm', id: 'nvdimm', memdev: 'memory', slot: 1 },
    ...{ 'label-size': MIB, uuid: UUID },
  });
}

describe('an NVDIMM on pseries', () => {
  it('is taken into use by the guest through a connector of its own, and stays', async () => {
    const test = machine();
    await plug(test);
    const connector = spaprMachine(test).connectors.get(CONNECTOR + 1);
    assert.equal(connector?.state, 'configured');
    assert.equal(connector.device?.id, 'nvdimm');
    assert.equal(
      await refusal(test, 'device_del', { id: 'nvdimm' }),
      'nvdimm device hot unplug is not supported yet.',
    );
    test.close();
  });

  it('is described to the guest as QEMU describes it', async () => {
    const test = machine();
    await plug(test);
    const path = `/machine/dr-connector[${CONNECTOR + 1}]`;
    const tree: unknown = await test.execute('qom-get', { path, property: 'fdt' });
    const text = (value: string) => [...Buffer.from(`${value}\0`)];
    const cells = (...values: readonly number[]) =>
      values.flatMap(value => [0, (value >> 16) & 255, 0, value & 255]);
    const index = [0x90, 0, 0, 1];
    assert.deepEqual(tree, {
      'ibm,cache-flush-required': [],
      'ibm,pmem-application': text('operating-system'),
      'ibm,metadata-size': cells(MIB),
      'ibm,number-of-blocks': cells(0, 1),
      'ibm,block-size': [0, 0, 0, 0, 0x10, 0, 0, 0],
      'ibm,my-drc-index': index,
      'ibm,unit-guid': text(UUID),
      'ibm,associativity': cells(4, 0, 0, 0, 0),
      device_type: text('ibm,pmemory'),
      compatible: text('ibm,pmemory'),
      reg: index,
    });
    test.close();
  });

  it('is memory for assigned devices, but for its labels', async () => {
    const test = machine();
    await test.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'dev' });
    await plug(test);
    assert.equal((await containersOf(test))[0]?.['locked-bytes'], GIB + 256 * MIB);
    await test.execute('x-guest-dma-map', { device: 'dev', iova: 0, gpa: GIB, size: 0x20000 });
    assert.deepEqual(await mappingsOf(test), [{ iova: 0, gpa: GIB, size: 0x20000, perm: 'rw' }]);
    await assertConsistent(test);
    assert.deepEqual(test.reports, []);
    test.close();
  });
});
