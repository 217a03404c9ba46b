import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningProgram } from '../helpers/program.ts';
import type { QmpClient } from '../helpers/qmp-client.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, everythingOf, mappingsOf, tableOf } from './observe.ts';

const GiB = 0x40000000;
const PAGE_64K = 0x10000;
/** Where the guest's second window lies. */
const HIGH = 0x800000000000000;
/** Bus unit id of the first host bridge, in two words. */
const BUID = [0x8000000, 0x20000000] as const;

const DEVICE = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;

/** Two groups below a bridge with dynamic windows, and one below an older bridge without. */
const POWER9 = {
  iommu: 'spapr-tce-v2',
  'page-sizes': [0x1000, PAGE_64K, 0x1000000],
  memlock: 3 * GiB,
  kvm: ['spapr-tce', 'spapr-tce-64', 'spapr-multitce'],
  groups: [
    { id: 1, devices: [{ ...DEVICE, address: '0001:00:00.0' }] },
    { id: 2, devices: [{ ...DEVICE, address: '0002:00:00.0' }] },
    { id: 3, ddw: false, devices: [{ ...DEVICE, address: '0003:00:00.0' }] },
  ],
};

describe('a host with dynamic windows (sPAPR v2)', () => {
  let directory: string;
  let program: RunningProgram;
  let qmp: QmpClient;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'qmpsim-v2-'));
  });

  afterEach(async () => {
    await program.stop();
    rmSync(directory, { recursive: true });
  });

  async function start(host: object, ...args: readonly string[]) {
    const file = join(directory, 'host.json');
    writeFileSync(file, JSON.stringify(host));
    program = await RunningProgram.start(['-accel', 'kvm', '-m', '1G', '-host', file, ...args]);
    qmp = program.qmp;
  }

  async function add(group: number) {
    await qmp.execute('device_add', { driver: 'vfio-pci', host: `000${group}:00:00.0`, id: `dev${group}` });
  }

  async function remove(group: number) {
    await qmp.execute('device_del', { id: `dev${group}` });
    await qmp.event('DEVICE_DELETED');
  }

  async function rtas(name: string, args: readonly number[], nret: number) {
    return (await qmp.execute('x-rtas', { name, args, nret })).ret;
  }

  const createWindow = (pageShift: number, windowShift: number) =>
    rtas('ibm,create-pe-dma-window', [0, ...BUID, pageShift, windowShift], 4);

  async function hostWindows(group = 1) {
    const { groups } = await qmp.execute('x-query-host');
    return groups
      .find(({ id }) => id === group)
      ?.windows.map(({ start, size, 'page-shift': shift }) => {
        return [start, size, shift];
      });
  }

  it('has the guest’s memory announced once, and windows where the guest has them', async () => {
    await start(POWER9, '-device', 'e1000,id=nic');
    const before = await everythingOf(qmp);
    await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0, size: 769 * 0x1000 });
    await add(1);
    const [container] = await containersOf(qmp);
    assert.equal(container?.['iommu-type'], 'spapr-tce-v2');
    assert.equal(container?.['page-sizes'], 0x1011000);
    assert.deepEqual(container?.windows, [{ 'min-iova': 0, 'max-iova': GiB - 1, 'page-sizes': 0x1000 }]);
    assert.equal(container?.mappings, 769);
    assert.deepEqual(await hostWindows(), [[0, GiB, 12]]);
    assert.equal((await qmp.execute('x-query-host'))['locked-bytes'], GiB);
    await assertConsistent(qmp);

    await remove(1);
    await qmp.execute('x-guest-dma-unmap', { device: 'nic', iova: 0, size: 769 * 0x1000 });
    assert.deepEqual(await everythingOf(qmp), before);
  });

  it('puts several groups into one container, if their bridges can have the same windows', async () => {
    await start(POWER9);
    await add(1);
    await qmp.execute('x-guest-dma-map', { device: 'dev1', iova: 0x5000, gpa: 0x9000, size: 0x1000 });
    await add(2);
    await add(3);
    const containers = await containersOf(qmp);
    assert.deepEqual(
      containers.map(({ groups, 'iommu-type': type }) => [type, groups.map(({ id }) => id)]),
      [
        ['spapr-tce-v2', [1, 2]],
        ['spapr-tce-v1', [3]],
      ],
    );
    assert.deepEqual(
      containers.map(({ mappings }) => mappings),
      [1, 1],
    );
    // Memory once for the first two, the old bridge's window for the third.
    assert.equal((await qmp.execute('x-query-host'))['locked-bytes'], GiB + 2 * GiB);
    await assertConsistent(qmp);

    await remove(1);
    await qmp.execute('x-guest-dma-map', { device: 'dev2', iova: 0x6000, gpa: 0xa000, size: 0x1000 });
    await assertConsistent(qmp);
    assert.equal((await mappingsOf(qmp)).length, 1);
    await remove(2);
    await remove(3);
    assert.deepEqual(await containersOf(qmp), []);
    assert.equal((await qmp.execute('x-query-host'))['locked-bytes'], 0);
  });

  it('follows windows that the guest makes and removes, before and after the device came', async () => {
    await start(POWER9, '-device', 'e1000,id=nic');
    assert.deepEqual(await createWindow(16, 30), [0, 0x80000001, 0x8000000, 0]);
    const map = (iova: number, gpa: number, size: number) =>
      qmp.execute('x-guest-dma-map', { device: 'nic', iova, gpa, size });
    await map(HIGH, 0, GiB);
    await add(1);
    assert.deepEqual(await hostWindows(), [
      [0, GiB, 12],
      [HIGH, GiB, 16],
    ]);
    assert.equal((await containersOf(qmp))[0]?.mappings, 16384);
    assert.deepEqual(await mappingsOf(qmp), [{ iova: HIGH, size: GiB, gpa: 0, perm: 'rw' }]);
    await assertConsistent(qmp);

    assert.deepEqual(await rtas('ibm,remove-pe-dma-window', [0x80000001], 1), [0]);
    assert.deepEqual(await hostWindows(), [[0, GiB, 12]]);
    assert.deepEqual(await mappingsOf(qmp), []);

    assert.deepEqual(await createWindow(16, 28), [0, 0x80000001, 0x8000000, 0]);
    await map(HIGH + 0x30000, 0x40000, PAGE_64K);
    assert.deepEqual(await mappingsOf(qmp), [
      { iova: HIGH + 0x30000, size: PAGE_64K, gpa: 0x40000, perm: 'rw' },
    ]);
    await assertConsistent(qmp);

    await qmp.execute('system_reset');
    assert.deepEqual(await hostWindows(), [[0, GiB, 12]]);
    await assertConsistent(qmp);
  });

  it('uses pages no larger than those behind the guest’s memory', async () => {
    await start(POWER9);
    await add(1);
    // 16 MiB for the guest; its memory is made of 64 KiB pages.
    assert.equal((await createWindow(24, 30))[0], 0);
    assert.deepEqual((await hostWindows())?.[1], [HIGH, GiB, 16]);
    await qmp.execute('x-guest-dma-map', { device: 'dev1', iova: HIGH, gpa: 0x2000000, size: 0x1000000 });
    assert.equal((await containersOf(qmp))[0]?.mappings, 256);
    await assertConsistent(qmp);
    await qmp.execute('x-guest-dma-unmap', { device: 'dev1', iova: HIGH, size: 0x1000000 });
    assert.equal((await containersOf(qmp))[0]?.mappings, 0);
  });

  it('refuses pages that it does not have, and windows that would lie elsewhere', async () => {
    await start(
      { ...POWER9, 'page-sizes': [PAGE_64K] },
      ...['-device', 'spapr-pci-host-bridge,index=1,id=phb1,dma_win_addr=0x40000000'],
    );
    const setup =
      'vfio 0001:00:00.0: failed to setup container for group 1: memory listener initialization failed: ';
    const dev1 = { driver: 'vfio-pci', host: '0001:00:00.0', id: 'dev1', bus: 'pci.0' } as const;
    const before = await everythingOf(qmp);
    assert.equal(
      await refusal(qmp, 'device_add', dev1),
      `${setup}Region tce-iommu-80000000: Failed to create SPAPR window: Invalid argument`,
    );
    assert.deepEqual(await everythingOf(qmp), before);
    await program.stop();

    await start(POWER9, '-device', 'spapr-pci-host-bridge,index=1,id=phb1,dma_win_addr=0x40000000');
    assert.equal(
      await refusal(qmp, 'device_add', { ...dev1, bus: 'phb1.0' }),
      `${setup}Region tce-iommu-80000100: Failed to create SPAPR window: Invalid argument`,
    );
    assert.deepEqual(await containersOf(qmp), []);
    await qmp.execute('device_add', dev1);
    const { stderr } = await program.stop();
    assert.match(stderr, /Host doesn't support DMA window at 40000000, must be 0\n/);
  });

  it('tries a table of more levels if one is refused', async () => {
    await start(POWER9);
    await qmp.execute('x-host-fault-add', { op: 'VFIO_IOMMU_SPAPR_TCE_CREATE', errno: 'ENOMEM' });
    await add(1);
    assert.equal((await qmp.execute('x-query-host-faults'))[0]?.hits, 1);
    await assertConsistent(qmp);
  });

  it('fails the device if memory cannot be announced, or the first window not be removed', async () => {
    await start({ ...POWER9, memlock: GiB - PAGE_64K });
    const setup = 'vfio 0001:00:00.0: failed to setup container for group 1: ';
    const dev1 = { driver: 'vfio-pci', host: '0001:00:00.0', id: 'dev1' } as const;
    assert.equal(
      await refusal(qmp, 'device_add', dev1),
      `${setup}RAM memory listener initialization failed: Memory registering failed: Cannot allocate memory`,
    );
    await program.stop();

    await start(POWER9);
    await qmp.execute('x-host-fault-add', { op: 'VFIO_IOMMU_SPAPR_TCE_REMOVE', errno: 'EINVAL' });
    const before = await everythingOf(qmp);
    assert.equal(
      await refusal(qmp, 'device_add', dev1),
      `${setup}failed to remove existing window: Invalid argument`,
    );
    assert.deepEqual(await everythingOf(qmp), before);
    await qmp.execute('device_add', dev1);
    await assertConsistent(qmp);
  });

  it('ends the machine if it has no place for a window that the guest makes at run time', async () => {
    await start({ ...POWER9, ddw: { windows: 1 } }, '-device', 'vfio-pci,host=0001:00:00.0,id=dev1');
    await assert.rejects(createWindow(16, 30), /has closed the connection/);
    const { status, stderr } = await program.end;
    assert.equal(status, 134);
    assert.match(
      stderr,
      /Failed to create SPAPR window: No space left on device\n.*hardware error: vfio: DMA/,
    );
  });

  describe('whose KVM updates the host’s tables (spapr-vfio)', () => {
    const HOST = { ...POWER9, kvm: [...POWER9.kvm, 'spapr-vfio'] };

    it('leaves a table in the kernel, which carries changes over by itself', async () => {
      await start(HOST, '-device', 'e1000,id=nic');
      await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0x100000, size: 0x10000 });
      await add(1);
      const { accelerated, 'need-vfio': needVfio } = await tableOf(qmp);
      assert.deepEqual({ accelerated, needVfio }, { accelerated: true, needVfio: true });

      await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0x20000, gpa: 0x300000, size: 0x3000 });
      await qmp.execute('x-guest-dma-unmap', { device: 'nic', iova: 0x1000, size: 0x1000 });
      assert.deepEqual(await mappingsOf(qmp), [
        { iova: 0, size: 0x1000, gpa: 0x100000, perm: 'rw' },
        { iova: 0x2000, size: 0xe000, gpa: 0x102000, perm: 'rw' },
        { iova: 0x20000, size: 0x3000, gpa: 0x300000, perm: 'rw' },
      ]);
      await assertConsistent(qmp);
      // No call of the emulator did that: one would have failed.
      await qmp.execute('x-host-fault-add', { op: 'VFIO_IOMMU_MAP_DMA', errno: 'EIO', times: 100 });
      await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0x40000, gpa: 0, size: 0x1000 });
      await assertConsistent(qmp);
    });

    it('keeps doing so for a group that joins, and after the first has left', async () => {
      await start(HOST);
      await add(1);
      await add(2);
      await remove(1);
      assert.equal((await tableOf(qmp)).accelerated, true);
      await qmp.execute('x-guest-dma-map', { device: 'dev2', iova: 0, gpa: 0, size: 0x10000 });
      assert.equal((await containersOf(qmp))[0]?.mappings, 16);
      await assertConsistent(qmp);
    });

    it('gives a table up as long as a group of an old bridge follows it, and takes it back', async () => {
      await start(HOST);
      await add(1);
      await add(3);
      assert.equal((await tableOf(qmp)).accelerated, false);
      await qmp.execute('x-guest-dma-map', { device: 'dev1', iova: 0, gpa: 0, size: 0x10000 });
      await assertConsistent(qmp);
      await remove(3);
      assert.equal((await tableOf(qmp)).accelerated, true);
      assert.equal((await tableOf(qmp)).mapped, 16);
      await qmp.execute('x-guest-dma-map', { device: 'dev1', iova: 0x20000, gpa: 0, size: 0x10000 });
      assert.equal((await containersOf(qmp))[0]?.mappings, 32);
      await assertConsistent(qmp);
    });

    it('is done without where the kernel refuses to be told of a group', async () => {
      await start(HOST);
      await qmp.execute('x-host-fault-add', { op: 'KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE', errno: 'EINVAL' });
      await add(1);
      assert.equal((await tableOf(qmp)).accelerated, false);
      await qmp.execute('x-guest-dma-map', { device: 'dev1', iova: 0, gpa: 0, size: 0x10000 });
      assert.equal((await containersOf(qmp))[0]?.mappings, 16);
      await assertConsistent(qmp);
      assert.match(
        (await program.stop()).stderr,
        /vfio: failed to setup fd \d+ for a group with fd \d+: Invalid/,
      );
    });
  });
});
