import assert from 'node:assert/strict';
import { RunningProgram } from '../helpers/program.ts';
import type { QmpClient } from '../helpers/qmp-client.ts';
import { assertConsistent, containersOf, everythingOf, mappingsOf, tableOf } from './observe.ts';

const PAGE = 0x1000;
const MiB = 0x100000;

/** What the guest's driver has mapped for its e1000: 256 and 513 pages. */
const RUNS = [
  { iova: 0, size: MiB, gpa: MiB, perm: 'rw' },
  { iova: 0x10000000, size: 513 * PAGE, gpa: 32 * MiB, perm: 'ro' },
] as const;

describe('vfio-pci on a bus that the guest already uses', function () {
  this.timeout(60_000);
  let program: RunningProgram;
  let qmp: QmpClient;

  beforeEach(async () => {
    program = await RunningProgram.start(['-accel', 'kvm', '-m', '1G', '-device', 'e1000,id=nic']);
    qmp = program.qmp;
    for (const run of RUNS) await qmp.execute('x-guest-dma-map', { device: 'nic', ...run });
  });

  afterEach(() => program.stop());

  it('has a table that KVM keeps, and no container, as long as nothing is assigned', async () => {
    const { mapped, accelerated, 'need-vfio': needVfio } = await tableOf(qmp);
    assert.deepEqual({ mapped, accelerated, needVfio }, { mapped: 769, accelerated: true, needVfio: false });
    assert.deepEqual(await containersOf(qmp), []);
    const { 'open-files': files } = await qmp.execute('x-query-host');
    assert.deepEqual(files, { container: 0, group: 0, device: 0, kvm: 1, 'kvm-tce': 1, 'kvm-vfio': 0 });
  });

  it('carries the mappings that exist over to the host, and takes the table from KVM', async () => {
    await qmp.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });

    const { mapped, accelerated, 'need-vfio': needVfio } = await tableOf(qmp);
    assert.deepEqual({ mapped, accelerated, needVfio }, { mapped: 769, accelerated: false, needVfio: true });
    const [container, ...others] = await containersOf(qmp);
    assert.deepEqual(others, []);
    assert.deepEqual(container, {
      id: 0,
      'iommu-type': 'spapr-tce-v1',
      initialized: true,
      'page-sizes': PAGE,
      windows: [{ 'min-iova': 0, 'max-iova': 0x7fffffff, 'page-sizes': PAGE }],
      groups: [
        {
          id: 1,
          devices: [{ id: 'xhci', host: '0001:00:00.0', 'qom-path': '/machine/peripheral/xhci' }],
        },
      ],
      'guest-iommus': [{ liobn: 0x80000000, offset: 0, size: 0x40000000 }],
      mappings: 769,
      'mapped-bytes': 769 * PAGE,
      'locked-bytes': 0x80000000,
    });
    assert.deepEqual(await mappingsOf(qmp), RUNS);
    await assertConsistent(qmp);
    const { 'open-files': files, groups } = await qmp.execute('x-query-host');
    assert.deepEqual(
      groups.filter(({ open, attached }) => open && attached).map(({ id }) => id),
      [1],
    );
    assert.deepEqual(files, { container: 1, group: 1, device: 1, kvm: 1, 'kvm-tce': 0, 'kvm-vfio': 1 });
  });

  it('follows the guest from then on, whatever device and hypercall it uses', async () => {
    await qmp.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });

    await qmp.execute('x-guest-dma-map', { device: 'xhci', iova: 0x20000000, gpa: 0, size: 4 * PAGE });
    await qmp.execute('x-guest-dma-unmap', { device: 'nic', iova: 0, size: MiB });
    const put = (ioba: number, tce: number) =>
      qmp.execute('x-hcall', { name: 'H_PUT_TCE', args: [0x80000000, ioba, tce] });
    assert.equal((await put(0x30000000, 0x5000 | 2)).ret, 0);
    // Overwritten without being removed first.
    assert.equal((await put(0x20000000, 0x9000 | 1)).ret, 0);

    assert.deepEqual(await mappingsOf(qmp), [
      RUNS[1],
      { iova: 0x20000000, size: PAGE, gpa: 0x9000, perm: 'ro' },
      { iova: 0x20001000, size: 3 * PAGE, gpa: 0x1000, perm: 'rw' },
      { iova: 0x30000000, size: PAGE, gpa: 0x5000, perm: 'wo' },
    ]);
    await assertConsistent(qmp);
  });

  it('gives everything back once the guest has let go, and KVM the table', async () => {
    const before = await everythingOf(qmp);
    await qmp.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
    await qmp.execute('device_del', { id: 'xhci' });

    const { data } = await qmp.event('DEVICE_DELETED');
    assert.deepEqual(data, { device: 'xhci', path: '/machine/peripheral/xhci' });
    assert.equal((await tableOf(qmp)).accelerated, true);
    assert.deepEqual(await everythingOf(qmp), before);
    assert.deepEqual(qmp.drainEvents(), []);
  });

  it('does so a thousand times and leaves nothing behind', async () => {
    const before = await everythingOf(qmp);
    for (let cycle = 0; cycle < 1000; cycle++) {
      const added = qmp.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
      const audited = qmp.execute('x-vfio-audit');
      const removed = qmp.execute('device_del', { id: 'xhci' });
      await added;
      assert.equal((await audited).consistent, true);
      await removed;
      await qmp.event('DEVICE_DELETED');
    }
    assert.deepEqual(await everythingOf(qmp), before);
    assert.deepEqual(qmp.drainEvents(), []);
    const { stderr } = await program.stop();
    assert.equal(stderr, 'qmpsim-system-ppc64: warning: nic nic has no peer\n');
  });

  it('keeps devices that the guest does not let go, until the machine is reset', async () => {
    await qmp.execute('stop');
    await qmp.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
    await qmp.execute('cont');
    await qmp.execute('stop');
    await qmp.execute('device_del', { id: 'xhci' });
    await qmp.execute('query-status');
    assert.equal((await containersOf(qmp)).length, 1);

    await qmp.execute('system_reset');
    await qmp.event('DEVICE_DELETED');
    assert.deepEqual(await containersOf(qmp), []);
  });
});

describe('vfio-pci on the command line', () => {
  it('has its table in userspace from the start', async () => {
    const program = await RunningProgram.start([
      ...['-accel', 'kvm', '-m', '1G'],
      ...['-device', 'vfio-pci,host=0001:00:00.0,id=xhci'],
    ]);
    try {
      const { qmp } = program;
      const { accelerated, 'need-vfio': needVfio } = await tableOf(qmp);
      assert.deepEqual({ accelerated, needVfio }, { accelerated: false, needVfio: true });
      assert.equal((await qmp.execute('x-query-host'))['open-files']['kvm-tce'], 0);

      await qmp.execute('x-guest-dma-map', { device: 'xhci', iova: 0, gpa: 0, size: 64 * PAGE });
      assert.deepEqual(await mappingsOf(qmp), [{ iova: 0, size: 64 * PAGE, gpa: 0, perm: 'rw' }]);
      await assertConsistent(qmp);
    } finally {
      await program.stop();
    }
  });
});
