import assert from 'node:assert/strict';
import { Host } from '../../src/host/host.ts';
import { BUILTIN_INVENTORY } from '../../src/index.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, everythingOf } from './observe.ts';

const XHCI = { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' } as const;
const NVME = { driver: 'vfio-pci', host: '0003:01:00.0', id: 'nvme' } as const;

describe('two machines on one host', () => {
  let host: Host;
  let one: TestMachine;
  let other: TestMachine;

  beforeEach(() => {
    host = new Host(BUILTIN_INVENTORY);
    one = new TestMachine({ host });
    other = new TestMachine({ host });
  });

  afterEach(() => {
    one.close();
    other.close();
    assert.equal(host.processes.size, 0);
  });

  it('cannot have the same group, whichever of its devices they want', async () => {
    await one.execute('device_add', { driver: 'vfio-pci', host: '0002:01:00.0', id: 'port0' });
    const before = await everythingOf(other);
    for (const device of ['0002:01:00.0', '0002:01:00.1']) {
      assert.equal(
        await refusal(other, 'device_add', { driver: 'vfio-pci', host: device, id: 'port' }),
        `vfio ${device}: failed to open /dev/vfio/2: Device or resource busy`,
      );
    }
    assert.deepEqual(await everythingOf(other), before);
    await other.execute('device_add', XHCI);
    await assertConsistent(other);
  });

  it('pass a group on, be it given back or left behind by a machine that ends', async () => {
    await one.execute('device_add', XHCI);
    await one.execute('device_del', { id: 'xhci' });
    await one.event('DEVICE_DELETED');
    await other.execute('device_add', XHCI);
    assert.match(await refusal(one, 'device_add', XHCI), /Device or resource busy$/);
    await other.execute('quit');
    await one.execute('device_add', XHCI);
    await assertConsistent(one);
  });

  it('have locked memory each for itself, and mappings of their own', async () => {
    await one.execute('device_add', XHCI);
    await other.execute('device_add', NVME);
    await one.execute('x-guest-dma-map', { device: 'xhci', iova: 0, gpa: 0, size: 0x3000 });
    await other.execute('x-guest-dma-map', { device: 'nvme', iova: 0, gpa: 0x8000, size: 0x1000 });
    assert.equal((await containersOf(one))[0]?.mappings, 3);
    assert.equal((await containersOf(other))[0]?.mappings, 1);
    for (const test of [one, other]) {
      await assertConsistent(test);
      assert.equal((await test.execute('x-query-host'))['locked-bytes'], 0x80000000);
    }
  });
});

describe('a host that takes its time', () => {
  it('lets the virtual clock go on, while nothing else happens', async () => {
    const test = new TestMachine({ guestManners: { delayMs: 10 } });
    const now = async (ns = 0) => (await test.execute('x-clock-step', { ns })).now;
    const ms = 1_000_000;
    await test.execute('x-host-fault-add', { op: 'VFIO_IOMMU_ENABLE', 'delay-ns': 25 * ms });
    await test.execute('x-host-fault-add', { op: 'VFIO_IOMMU_MAP_DMA', 'delay-ns': ms, after: 1, times: 2 });
    await test.execute('device_add', { driver: 'e1000', id: 'nic' });
    await test.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0, size: 0x4000 });
    const before = await now();
    await test.execute('device_add', XHCI);
    assert.equal((await now()) - before, 27 * ms);
    await assertConsistent(test);
    const faults = await test.execute('x-query-host-faults');
    assert.deepEqual(
      faults.map(({ errno, hits, 'delay-ns': delay }) => [errno, hits, delay]),
      [
        [undefined, 1, 25 * ms],
        [undefined, 2, ms],
      ],
    );
    test.close();
  });

  it('may fail all the same in the end', async () => {
    const test = new TestMachine();
    const fault = { op: 'VFIO_IOMMU_ENABLE', errno: 'ENOMEM', 'delay-ns': 5 } as const;
    await test.execute('x-host-fault-add', fault);
    assert.match(
      await refusal(test, 'device_add', XHCI),
      /failed to enable container: Cannot allocate memory$/,
    );
    assert.equal((await test.execute('x-clock-step', { ns: 0 })).now, 5);
    assert.equal(
      await refusal(test, 'x-host-fault-add', { op: 'VFIO_IOMMU_ENABLE' }),
      "Parameter 'errno' is missing",
    );
    test.close();
  });
});
