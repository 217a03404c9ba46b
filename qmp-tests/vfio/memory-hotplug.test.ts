import assert from 'node:assert/strict';
import { HardwareError } from '../../src/index.ts';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { assertConsistent, containersOf, everythingOf, mappingsOf, tableOf } from './observe.ts';

const GiB = 0x40000000;
const DIMM = GiB / 4;
/** Where the first module of a machine with 1 GiB is seen. */
const DIMM_ADDRESS = GiB;

const DEVICE = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;

function machineOn(iommu: 'spapr-tce-v1' | 'spapr-tce-v2', more: object = {}): TestMachine {
  const host = hostFrom({
    iommu,
    'page-sizes': [0x1000, 0x10000],
    memlock: 2 * GiB,
    kvm: [],
    groups: [{ id: 1, devices: [{ ...DEVICE, address: '0001:00:00.0' }] }],
    ...more,
  });
  return new TestMachine({
    host,
    ramSize: BigInt(GiB),
    ramSlots: 4n,
    maxRamSize: 16n * BigInt(GiB),
  });
}

async function assign(test: TestMachine): Promise<void> {
  await test.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'dev' });
}

async function plug(test: TestMachine, size = DIMM, id = 'dimm'): Promise<void> {
  await test.execute('object-add', { 'qom-type': 'memory-backend-ram', id: `${id}-mem`, size });
  await test.execute('device_add', { driver: 'pc-dimm', id, memdev: `${id}-mem` });
}

async function unplug(test: TestMachine, id = 'dimm'): Promise<void> {
  await test.execute('device_del', { id });
  await test.execute('object-del', { id: `${id}-mem` });
}

async function lockedBytes(test: TestMachine): Promise<number | undefined> {
  return (await containersOf(test))[0]?.['locked-bytes'];
}

describe('memory that comes while a device is assigned', () => {
  it('is announced to an sPAPR v2 host, where the guest can have it mapped, and forgotten when it goes', async () => {
    const test = machineOn('spapr-tce-v2');
    await assign(test);
    const before = await everythingOf(test);
    await plug(test);
    assert.equal(await lockedBytes(test), GiB + DIMM);

    const range = { device: 'dev', iova: 0, size: 0x20000 };
    await test.execute('x-guest-dma-map', { ...range, gpa: DIMM_ADDRESS });
    assert.deepEqual(await mappingsOf(test), [{ iova: 0, gpa: DIMM_ADDRESS, size: 0x20000, perm: 'rw' }]);
    await assertConsistent(test);
    await test.execute('x-guest-dma-unmap', range);
    await unplug(test);
    assert.equal(await lockedBytes(test), GiB);
    assert.deepEqual(test.reports, []);
    assert.deepEqual(await everythingOf(test), before);
    test.close();
  });

  it('is a hardware error where an sPAPR v2 host cannot lock it', async () => {
    const test = machineOn('spapr-tce-v2');
    await assign(test);
    await plug(test);
    await assert.rejects(plug(test, GiB, 'big'), (error: Error) => {
      assert(error instanceof HardwareError);
      assert.equal(error.message, 'vfio: Memory registering failed, unable to continue');
      return true;
    });
    assert.equal(test.machine.end?.cause, 'hardware-error');
    assert.equal(test.machine.process.lockedBytes, 0n);
  });

  it('stays pinned where the guest gives it back without taking it out of its tables', async () => {
    const test = machineOn('spapr-tce-v2');
    await assign(test);
    await plug(test);
    await test.execute('x-guest-dma-map', { device: 'dev', iova: 0, gpa: DIMM_ADDRESS, size: 0x1000 });
    await unplug(test);
    assert.equal(await lockedBytes(test), GiB + DIMM);
    assert.deepEqual(await test.execute('x-vfio-audit'), {
      consistent: false,
      differences: [{ container: 0, iova: 0, guest: null, host: { gpa: DIMM_ADDRESS, perm: 'rw' } }],
    });

    // Other memory at the same address is other memory.
    await plug(test);
    assert.equal(await lockedBytes(test), GiB + 2 * DIMM);
    await test.execute('device_del', { id: 'dev' });
    assert.equal(test.machine.process.lockedBytes, 0n);
    test.close();
  });

  it('needs no announcement on an sPAPR v1 host, which has locked all that a window can map', async () => {
    const test = machineOn('spapr-tce-v1');
    await assign(test);
    const locked = await lockedBytes(test);
    const range = { device: 'dev', iova: 0x1000, size: 0x1000 };
    await test.execute('x-guest-dma-map', { ...range, gpa: DIMM_ADDRESS });
    assert.deepEqual(test.reports.splice(0), ['iommu map to non memory area 40000000']);
    await test.execute('x-guest-dma-unmap', range);

    await plug(test);
    await test.execute('x-guest-dma-map', { ...range, gpa: DIMM_ADDRESS });
    assert.deepEqual(test.reports, []);
    await assertConsistent(test);
    assert.equal(await lockedBytes(test), locked);
    test.close();
  });

  it('is mapped by the kernel itself where KVM updates the host’s tables', async () => {
    const test = machineOn('spapr-tce-v2', {
      kvm: ['spapr-tce', 'spapr-tce-64', 'spapr-vfio', 'spapr-multitce'],
    });
    await assign(test);
    await plug(test);
    assert.equal((await tableOf(test)).accelerated, true);
    await test.execute('x-guest-dma-map', { device: 'dev', iova: 0, gpa: DIMM_ADDRESS, size: 0x1000 });
    assert.equal((await mappingsOf(test))[0]?.gpa, DIMM_ADDRESS);
    await assertConsistent(test);
    test.close();
  });
});

describe('memory that is there when a device is assigned', () => {
  it('is announced with the rest', async () => {
    const test = machineOn('spapr-tce-v2');
    await plug(test);
    await assign(test);
    assert.equal(await lockedBytes(test), GiB + DIMM);
    await test.execute('x-guest-dma-map', { device: 'dev', iova: 0, gpa: DIMM_ADDRESS, size: 0x1000 });
    await assertConsistent(test);
    test.close();
  });

  it('keeps the device away where it cannot be locked', async () => {
    const test = machineOn('spapr-tce-v2');
    await plug(test, 2 * GiB);
    await assert.rejects(assign(test), /Memory registering failed: Cannot allocate memory/);
    assert.equal(test.machine.process.lockedBytes, 0n);
    test.close();
  });
});
