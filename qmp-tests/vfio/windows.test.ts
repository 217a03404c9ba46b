import assert from 'node:assert/strict';
import { RunningProgram } from '../helpers/program.ts';
import type { QmpClient } from '../helpers/qmp-client.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, everythingOf, mappingsOf, tableOf } from './observe.ts';

const GiB = 0x40000000;

describe('the window of a host bridge against that of the host (0..0x7fffffff)', () => {
  let program: RunningProgram;
  let qmp: QmpClient;

  beforeEach(async () => {
    program = await RunningProgram.start([
      ...['-accel', 'kvm', '-m', '1G'],
      ...[
        '-device',
        'spapr-pci-host-bridge,index=1,id=inside,dma_win_addr=0x40000000,dma_win_size=0x20000000',
      ],
      ...[
        '-device',
        'spapr-pci-host-bridge,index=2,id=across,dma_win_addr=0x60000000,dma_win_size=0x40000000',
      ],
      ...['-device', 'spapr-pci-host-bridge,index=3,id=beyond,dma_win_addr=0x80000000,dma_win_size=0x1000'],
      ...['-device', 'spapr-pci-host-bridge,index=4,id=whole,dma_win_addr=0,dma_win_size=0x80000000'],
      ...['-device', 'spapr-pci-host-bridge,index=5,id=none,dma_win_size=0'],
    ]);
    qmp = program.qmp;
  });

  afterEach(() => program.stop());

  const xhci = { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' } as const;

  it('refuses a window that ends beyond, naming the range, and leaves nothing', async () => {
    const before = await everythingOf(qmp);
    assert.equal(
      await refusal(qmp, 'device_add', { ...xhci, bus: 'across.0' }),
      'vfio 0001:00:00.0: failed to setup container for group 1: memory listener initialization failed: ' +
        "Region tce-iommu-80000200: Container 0x10000 can't map guest IOVA region 0x60000000..0x9fffffff",
    );
    assert.match(await refusal(qmp, 'device_add', { ...xhci, bus: 'beyond.0' }), /0x80000000\.\.0x80000fff$/);
    assert.deepEqual(await everythingOf(qmp), before);
    assert.deepEqual(qmp.drainEvents(), []);

    await qmp.execute('device_add', { ...xhci, bus: 'pci.0' });
    assert.equal((await containersOf(qmp)).length, 1);
    await assertConsistent(qmp);
  });

  it('takes a window inside, and leaves the other bridges alone', async () => {
    await qmp.execute('device_add', { driver: 'e1000', id: 'nic', bus: 'inside.0' });
    await qmp.execute('x-guest-dma-map', { device: 'nic', iova: GiB + 0x3000, gpa: 0x7000, size: 0x2000 });
    await qmp.execute('device_add', { ...xhci, bus: 'inside.0' });

    assert.deepEqual(await mappingsOf(qmp), [{ iova: GiB + 0x3000, size: 0x2000, gpa: 0x7000, perm: 'rw' }]);
    await assertConsistent(qmp);
    assert.equal((await tableOf(qmp, 1)).accelerated, false);
    assert.equal((await tableOf(qmp, 0)).accelerated, true);
    assert.equal((await tableOf(qmp, 4)).accelerated, true);
  });

  it('takes a window of exactly the host’s size', async () => {
    await qmp.execute('device_add', { ...xhci, bus: 'whole.0' });
    await qmp.execute('x-guest-dma-map', { device: 'xhci', iova: 0x7ffff000, gpa: 0, size: 0x1000 });
    await assertConsistent(qmp);
  });

  it('needs no window at all, if the bridge has none', async () => {
    await qmp.execute('device_add', { ...xhci, bus: 'none.0' });
    const [container] = await containersOf(qmp);
    assert.deepEqual(container?.['guest-iommus'], []);
  });

  it('knows windows of bridges that come later', async () => {
    const before = await everythingOf(qmp);
    const bridge = { driver: 'spapr-pci-host-bridge', index: 9, id: 'late' } as const;
    await qmp.execute('device_add', { ...bridge, dma_win_addr: 0x60000000, dma_win_size: 0x40000000 });
    assert.match(await refusal(qmp, 'device_add', { ...xhci, bus: 'late.0' }), /0x60000000\.\.0x9fffffff$/);
    await qmp.execute('device_add', { ...xhci, bus: 'pci.0' });
    await qmp.execute('device_del', { id: 'xhci' });
    await qmp.event('DEVICE_DELETED');
    await qmp.execute('device_del', { id: 'late' });
    for (;;) {
      const { data } = await qmp.event('DEVICE_DELETED');
      if (data.device === 'late') break;
    }
    assert.deepEqual(await everythingOf(qmp), before);
  });
});

describe('a window that is mapped from end to end', () => {
  it('is replayed as a whole: 262,144 pages', async () => {
    const program = await RunningProgram.start(['-accel', 'kvm', '-m', '1G', '-device', 'e1000,id=nic']);
    try {
      const { qmp } = program;
      await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0, size: GiB });
      await qmp.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
      assert.deepEqual(await mappingsOf(qmp), [{ iova: 0, size: GiB, gpa: 0, perm: 'rw' }]);
      assert.equal((await containersOf(qmp))[0]?.mappings, 262_144);
      await assertConsistent(qmp);
    } finally {
      await program.stop();
    }
  });
});
