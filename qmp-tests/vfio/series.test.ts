import assert from 'node:assert/strict';
import { HardwareError } from '../../src/index.ts';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, everythingOf, mappingsOf, tableOf } from './observe.ts';

const PAGE = 0x1000;
const GiB = 0x40000000;
/** So many calls do not come: a fault that only counts. */
const NEVER = 1_000_000;
const BUID = [0x8000000, 0x20000000];

const DEVICE = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;
const GROUPS = [1, 2].map(id => ({ id, devices: [{ ...DEVICE, address: `000${id}:00:00.0` }] }));

/** A host of each kind, a machine for it, and the operation by which a device comes to see its first window. */
const KINDS = {
  'spapr-tce-v1': { type: 'pseries', file: { iommu: 'spapr-tce-v1', kvm: ['spapr-tce'] } },
  'spapr-tce-v2': { type: 'pseries', file: { iommu: 'spapr-tce-v2', kvm: ['spapr-tce'] } },
  type1v2: { type: 'pc', file: { iommu: 'type1', kvm: [] } },
} as const;

const FIRST = { driver: 'vfio-pci', host: '0001:00:00.0', id: 'first' } as const;
const SECOND = { driver: 'vfio-pci', host: '0002:00:00.0', id: 'second' } as const;
const BRIDGE = { driver: 'spapr-pci-host-bridge', id: 'phb1', index: 1 } as const;

function machine(
  kind: keyof typeof KINDS,
  devices: readonly Readonly<Record<string, string | number>>[] = [],
): TestMachine {
  const { type, file } = KINDS[kind];
  return new TestMachine({ type, host: hostFrom({ ...file, groups: GROUPS }), devices });
}

/** A pseries machine whose guest uses the bus already. */
async function inUse(): Promise<TestMachine> {
  const test = machine('spapr-tce-v1');
  await test.execute('device_add', { driver: 'e1000', id: 'nic' });
  await test.execute('x-guest-dma-map', { device: 'nic', iova: 0x5000, gpa: 0x100000, size: 3 * PAGE });
  await test.execute('x-guest-dma-map', { device: 'nic', iova: 0x800000, gpa: 0, size: PAGE, perm: 'ro' });
  return test;
}

const MAPPED = [
  { iova: 0x5000, size: 3 * PAGE, gpa: 0x100000, perm: 'rw' },
  { iova: 0x800000, size: PAGE, gpa: 0, perm: 'ro' },
] as const;

/** Each would fail if the change that it is named after were undone. */
describe('the ten changes of the series', () => {
  it('1: one container record for every IOMMU type', async () => {
    for (const kind of ['spapr-tce-v1', 'spapr-tce-v2', 'type1v2'] as const) {
      const far = { ...BRIDGE, dma_win_addr: 0x180000000 };
      const test = machine(kind, kind === 'type1v2' ? [] : [far]);
      // What the listener cannot do fails the set-up in the same way, whatever the type.
      if (kind === 'type1v2')
        await test.execute('x-host-fault-add', { op: 'VFIO_IOMMU_MAP_DMA', errno: 'EIO', after: 1 });
      const before = await everythingFor(test);
      const bus = kind === 'type1v2' ? {} : { bus: 'phb1.0' };
      assert.match(
        await refusal(test, 'device_add', { ...FIRST, ...bus }),
        /^vfio 0001:00:00\.0: failed to setup container for group 1: memory listener initialization failed: Region /,
        kind,
      );
      assert.deepEqual(await everythingFor(test), before, kind);
      await test.execute('device_add', kind === 'type1v2' ? FIRST : { ...FIRST, bus: 'pci.0' });
      const [container] = await containersOf(test);
      assert.deepEqual([container?.['iommu-type'], container?.initialized], [kind, true]);
      test.close();
    }
  });

  it('2: a failure is kept while the container is set up, and fatal afterwards', async () => {
    const test = machine('spapr-tce-v1');
    const window = { name: 'ibm,create-pe-dma-window', args: [0, ...BUID, 16, 30], nret: 4 };
    // Two windows that the host does not reach: what is told is the first.
    const far = { ...BRIDGE, dma_win_addr: 0x100000000 };
    await test.execute('device_add', far);
    await test.execute('x-rtas', { ...window, args: [0, 0x8000000, 0x20000001, 16, 30] });
    const before = await everythingOf(test);
    assert.match(
      await refusal(test, 'device_add', { ...FIRST, bus: 'phb1.0' }),
      /: Region tce-iommu-80000100: Container 0x10000 can't map guest IOVA region 0x100000000\.\.0x13fffffff$/,
    );
    assert.deepEqual(await everythingOf(test), before);

    await test.execute('device_add', { ...FIRST, bus: 'pci.0' });
    await assert.rejects(test.execute('x-rtas', window), (error: unknown) => {
      assert(error instanceof HardwareError);
      assert.equal(error.message, 'vfio: DMA mapping failed, unable to continue');
      return true;
    });
    assert.equal(test.machine.end?.cause, 'hardware-error');
  });

  it('3: a window that the host does not reach fails device_add, not the first DMA', async () => {
    const test = machine('spapr-tce-v1', [
      { ...BRIDGE, id: 'inside', dma_win_addr: 0x40000000, dma_win_size: 0x40000000 },
      { ...BRIDGE, id: 'across', index: 2, dma_win_addr: 0x40001000, dma_win_size: 0x40000000 },
    ]);
    assert.match(
      await refusal(test, 'device_add', { ...FIRST, bus: 'across.0' }),
      /can't map guest IOVA region 0x40001000\.\.0x80000fff$/,
    );
    await test.execute('device_add', { ...FIRST, bus: 'inside.0' });
    await assertConsistent(test);
    test.close();
  });

  it('4: the host’s page sizes are noted, and the smallest is the granularity', async () => {
    const pageSizes = [0x10000, 0x1000000];
    const sizes = (file: object) => hostFrom({ iommu: 'type1', groups: GROUPS, kvm: [], ...file });
    // ROM areas of a PC are of 32 KiB and less: not whole pages.
    const coarse = new TestMachine({ type: 'pc', host: sizes({ 'page-sizes': [0x100000] }) });
    assert.match(await refusal(coarse, 'device_add', FIRST), /is not a multiple of the IOMMU page size$/);
    coarse.close();
    const fine = new TestMachine({ type: 'pc', host: sizes({ 'page-sizes': [0x1000, 0x100000] }) });
    await fine.execute('device_add', FIRST);
    assert.equal((await containersOf(fine))[0]?.['page-sizes'], 0x101000);
    fine.close();
    // A guest's pages must not be smaller than the host's.
    const file = { iommu: 'spapr-tce-v2', kvm: [], groups: GROUPS } as const;
    const test = new TestMachine({ host: hostFrom({ ...file, 'page-sizes': pageSizes }) });
    assert.match(
      await refusal(test, 'device_add', FIRST),
      /Failed to create SPAPR window: Invalid argument$/,
    );
    test.close();
  });

  it('5: a replay reaches the notifier that is new, once an entry, ascending', async () => {
    const test = await inUse();
    await test.execute('device_add', FIRST);
    const count = { op: 'VFIO_IOMMU_MAP_DMA', errno: 'EIO', after: NEVER } as const;
    for (const group of [1, 2]) await test.execute('x-host-fault-add', { ...count, group });
    const replayed: bigint[] = [];
    test.machine.trace.on('vfio_iommu_map_notify', (_op, start) => replayed.push(start));
    await test.execute('device_add', SECOND);
    const calls = test.machine.environment.host.faults.list().map(fault => fault.calls);
    assert.deepEqual(calls, [0, 4]);
    assert.deepEqual(replayed, [0x5000n, 0x6000n, 0x7000n, 0x800000n]);
    await assertConsistent(test);
    test.close();
  });

  it('6: a container that comes to mappings of the guest ends with the same', async () => {
    const test = await inUse();
    await test.execute('device_add', FIRST);
    assert.deepEqual(await mappingsOf(test), MAPPED);
    await assertConsistent(test);
    test.close();
  });

  it('7: dma_win_addr and dma_win_size say where the window of a bridge lies', async () => {
    const test = machine('spapr-tce-v1', [
      { ...BRIDGE, dma_win_addr: 0x20000000, dma_win_size: 0x10000000 },
      FIRST,
    ]);
    const property = (path: string, name: string) => test.execute('qom-get', { path, property: name });
    const first = '/machine/unattached/device[4]';
    assert.equal(await property(first, 'type'), 'spapr-pci-host-bridge');
    assert.deepEqual(
      [await property(first, 'dma_win_addr'), await property(first, 'dma_win_size')],
      [0, GiB],
    );
    const { 'bus-offset': start, 'nb-table': entries } = await tableOf(test, 1);
    assert.deepEqual([start, entries * PAGE], [0x20000000, 0x10000000]);
    // The bridge that came last is the default.
    const [container] = await containersOf(test);
    assert.deepEqual(container?.['guest-iommus'], [
      { liobn: 0x80000100, offset: 0x20000000, size: 0x10000000 },
    ]);
    await test.execute('x-guest-dma-map', { device: 'first', iova: 0x20000000, gpa: 0x3000, size: PAGE });
    assert.deepEqual(await mappingsOf(test), [{ iova: 0x20000000, size: PAGE, gpa: 0x3000, perm: 'rw' }]);
    test.close();
  });

  it('8: what VFIO needs of a table is called need_vfio, everywhere', async () => {
    const test = await inUse();
    assert.equal((await tableOf(test))['need-vfio'], false);
    await test.execute('device_add', FIRST);
    assert.equal((await tableOf(test))['need-vfio'], true);
    const said = [
      await test.execute('x-query-tce-tables'),
      await test.execute('query-qmp-schema'),
      await test.execute('human-monitor-command', { 'command-line': 'info qtree' }),
      await test.execute('qom-list', { path: (await tableOf(test))['qom-path'] }),
    ];
    assert.doesNotMatch(JSON.stringify(said), /vfio[-_]accel/i);
    test.close();
  });

  it('9: a table that KVM keeps becomes one of userspace with the same contents', async () => {
    const test = await inUse();
    const contents = async () => {
      const pages = [0x4000, 0x5000, 0x6000, 0x7000, 0x8000, 0x800000];
      const calls = pages.map(page =>
        test.execute('x-hcall', { name: 'H_GET_TCE', args: [0x80000000, page] }),
      );
      return (await Promise.all(calls)).map(({ out }) => out[0]);
    };
    const before = await contents();
    assert.deepEqual(before, [0, 0x100003, 0x101003, 0x102003, 0, 1]);
    assert.equal((await tableOf(test)).accelerated, true);
    const descriptors: number[] = [];
    test.machine.trace.on('spapr_iommu_new_table', (_liobn, _table, fd) => descriptors.push(fd));
    await test.execute('device_add', FIRST);
    assert.equal((await tableOf(test)).accelerated, false);
    assert.deepEqual(await contents(), before);
    assert.deepEqual(descriptors, [-1]);
    // It is there already: nothing happens.
    await test.execute('device_add', SECOND);
    assert.deepEqual(descriptors, [-1]);
    assert.deepEqual(await contents(), before);
    test.close();
  });

  it('10: the normal bridge does for assigned devices, cold and hot', async () => {
    for (const isCold of [true, false]) {
      const test = machine('spapr-tce-v1', isCold ? [FIRST] : []);
      if (!isCold) await test.execute('device_add', FIRST);
      const { 'qom-path': path, accelerated, 'need-vfio': needVfio } = await tableOf(test);
      const bridge = path.slice(0, path.lastIndexOf('/'));
      const type = await test.execute('qom-get', { path: bridge, property: 'type' });
      assert.deepEqual([type, accelerated, needVfio], ['spapr-pci-host-bridge', false, true]);
      await test.execute('x-guest-dma-map', { device: 'first', iova: 0, gpa: 0, size: 2 * PAGE });
      assert.deepEqual(await mappingsOf(test), [{ iova: 0, size: 2 * PAGE, gpa: 0, perm: 'rw' }]);
      await assertConsistent(test);
      test.close();
    }
  });
});

/** As far as there is such a thing on the machine. */
async function everythingFor(test: TestMachine): Promise<unknown> {
  return test.machine.target === 'ppc64'
    ? await everythingOf(test)
    : { host: await test.execute('x-query-host'), vfio: await test.execute('x-query-vfio') };
}
