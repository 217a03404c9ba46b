import assert from 'node:assert/strict';
import { HardwareError } from '../../src/index.ts';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, everythingOf, mappingsOf } from './observe.ts';

const GiB = 0x40000000;
const HIGH = 0x800000000000000;
const BUID = [0x8000000, 0x20000000];
const DEVICE = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;
const HOST = {
  iommu: 'spapr-tce-v2',
  'page-sizes': [0x1000, 0x10000, 0x200000, 0x1000000],
  // Huge pages behind the guest's memory, so that windows can have them.
  'system-page-size': 0x10000,
  kvm: ['spapr-tce', 'spapr-tce-64'],
  groups: [1, 2].map(id => ({ id, devices: [{ ...DEVICE, address: `000${id}:00:00.0` }] })),
} as const;
const FIRST = { driver: 'vfio-pci', host: '0001:00:00.0', id: 'first' } as const;
const SECOND = { driver: 'vfio-pci', host: '0002:00:00.0', id: 'second' } as const;

function start(options: ConstructorParameters<typeof TestMachine>[0] = {}): TestMachine {
  return new TestMachine({ host: hostFrom(HOST), ...options });
}

async function rtas(test: TestMachine, name: string, args: readonly number[], nret: number) {
  return (await test.execute('x-rtas', { name, args, nret })).ret;
}

const create = (test: TestMachine, pageShift: number, windowShift: number) =>
  rtas(test, 'ibm,create-pe-dma-window', [0, ...BUID, pageShift, windowShift], 4);

async function hostWindows(test: TestMachine, group = 1) {
  const { groups } = await test.execute('x-query-host');
  const windows = groups.find(({ id }) => id === group)?.windows ?? [];
  return windows.map(({ start: at, size, 'page-shift': shift }) => [at, size, shift]);
}

describe('windows that a guest makes, with assigned devices', () => {
  for (const shift of [16, 24]) {
    it(`hold all of its memory, in pages of 2^${shift} bytes`, async () => {
      const test = start({ devices: [FIRST] });
      assert.equal((await create(test, shift, 30))[0], 0);
      await test.execute('x-guest-dma-map', { liobn: 0x80000001, iova: HIGH, gpa: 0, size: GiB });
      assert.deepEqual(await mappingsOf(test), [{ iova: HIGH, size: GiB, gpa: 0, perm: 'rw' }]);
      await assertConsistent(test);
      await test.execute('system_reset');
      assert.deepEqual(await hostWindows(test), [[0, GiB, 12]]);
      assert.deepEqual(await mappingsOf(test), []);
      test.close();
    });
  }

  it('are both found by a device that comes later, with what is mapped in them', async () => {
    const test = start();
    await test.execute('device_add', { driver: 'e1000', id: 'nic' });
    assert.equal((await create(test, 16, 28))[0], 0);
    await test.execute('x-guest-dma-map', { device: 'nic', iova: 0x4000, gpa: 0x9000, size: 0x2000 });
    await test.execute('x-guest-dma-map', { device: 'nic', iova: HIGH, gpa: 0x20000, size: 0x30000 });
    await test.execute('device_add', FIRST);
    assert.deepEqual(await hostWindows(test), [
      [0, GiB, 12],
      [HIGH, 0x10000000, 16],
    ]);
    assert.deepEqual(await mappingsOf(test), [
      { iova: 0x4000, size: 0x2000, gpa: 0x9000, perm: 'rw' },
      { iova: HIGH, size: 0x30000, gpa: 0x20000, perm: 'rw' },
    ]);
    // A second group joins a container whose windows are set up.
    await test.execute('device_add', SECOND);
    assert.equal((await containersOf(test)).length, 1);
    assert.deepEqual(await hostWindows(test, 2), await hostWindows(test, 1));
    await assertConsistent(test);
    test.close();
  });

  it('need a host that can make them: else the device, or the machine, goes without', async () => {
    const one = { ...HOST, ddw: { windows: 1 } };
    const late = start({ host: hostFrom(one) });
    await create(late, 16, 28);
    const before = await everythingOf(late);
    assert.match(
      await refusal(late, 'device_add', FIRST),
      /Region tce-iommu-80000001: Failed to create SPAPR window: No space left on device$/,
    );
    assert.deepEqual(await everythingOf(late), before);
    late.close();

    const early = start({ host: hostFrom(one), devices: [FIRST] });
    await assert.rejects(create(early, 16, 28), HardwareError);
    assert.equal(early.machine.end?.message, 'vfio: DMA mapping failed, unable to continue');
  });

  it('are made with v1 where the host refuses v2, as far as its one window goes', async () => {
    const test = start();
    await test.execute('x-host-fault-add', { op: 'VFIO_SET_IOMMU', errno: 'EPERM' });
    await test.execute('device_add', FIRST);
    assert.equal((await containersOf(test))[0]?.['iommu-type'], 'spapr-tce-v1');
    await test.execute('x-guest-dma-map', { device: 'first', iova: 0, gpa: 0, size: 0x10000 });
    await assertConsistent(test);
    test.close();
  });
});
