import assert from 'node:assert/strict';
import { TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, mappingsOf } from './observe.ts';
import { assertSound } from './soundness.ts';

const LIOBN = 0x80000000;

/** Found by the random stories of `model.test.ts`, once. */
describe('what went wrong once', () => {
  let test: TestMachine;

  beforeEach(async () => {
    test = new TestMachine();
    await test.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
  });

  afterEach(() => test.close());

  it('an entry that is redirected from memory to elsewhere leaves the host', async () => {
    await test.execute('x-hcall', { name: 'H_PUT_TCE', args: [LIOBN, 0x5000, 0x3003] });
    assert.equal((await containersOf(test))[0]?.mappings, 1);

    await test.execute('x-hcall', { name: 'H_PUT_TCE', args: [LIOBN, 0x5000, 0x200000000001] });
    assert.equal((await containersOf(test))[0]?.mappings, 0);
    assert.match(test.reports.at(-1) ?? '', /^iommu map to non memory area 200000000000$/);
    assert.deepEqual(await assertSound(test), []);
  });

  it('a device that is put back into a group in use waits for its driver until the group is free', async () => {
    const [gpu, audio] = ['0004:01:00.0', '0004:01:00.1'];
    await test.execute('x-host-set', { device: audio, present: false });
    await test.execute('device_add', { driver: 'vfio-pci', host: gpu, id: 'gpu' });
    await test.execute('x-host-set', { device: audio, present: true });
    const hostDevice = async () => {
      const { groups } = await test.execute('x-query-host');
      const { viable, devices } = groups.find(({ id }) => id === 4) ?? {};
      const device = devices?.find(({ host }) => host === audio);
      return { viable, driver: device?.driver, next: device?.['next-driver'] };
    };
    assert.deepEqual(await hostDevice(), { viable: true, driver: undefined, next: 'snd_hda_intel' });
    await test.execute('device_del', { id: 'gpu' });
    assert.deepEqual(await hostDevice(), { viable: false, driver: 'snd_hda_intel', next: undefined });
  });

  it('a driver that reaches beyond its window maps and unmaps nothing, and leaves what was there', async () => {
    const last = 0x3ffff000;
    await test.execute('x-guest-dma-map', { device: 'xhci', iova: last, gpa: 0x7000, size: 0x1000 });
    const mapped = [{ iova: last, gpa: 0x7000, size: 0x1000, perm: 'rw' }];
    const beyond = { device: 'xhci', iova: last, size: 0x2000 };
    const text = await refusal(test, 'x-guest-dma-map', { ...beyond, gpa: 0x9000 });
    assert.equal(text, 'IOVA 0x40000000 is not in the DMA window');
    assert.deepEqual(await mappingsOf(test), mapped);
    assert.equal(await refusal(test, 'x-guest-dma-unmap', beyond), text);
    assert.deepEqual(await mappingsOf(test), mapped);
  });
});

describe('what went wrong once behind an IOMMU of a PC', () => {
  let test: TestMachine;

  beforeEach(() => {
    test = new TestMachine({
      type: 'q35',
      devices: [
        { driver: 'intel-iommu', 'caching-mode': true },
        ...['1', '2'].map(n => ({ driver: 'pcie-root-port', id: `port${n}`, chassis: n })),
      ],
    });
  });

  afterEach(() => test.close());

  const xhci = { driver: 'vfio-pci', host: '0000:01:00.0', id: 'xhci', bus: 'port1' };

  it('a device that comes sees nothing of one that has gone', async () => {
    await test.execute('x-guest-set', { iommu: 'translated' });
    await test.execute('system_reset');
    await test.execute('device_add', { driver: 'e1000e', id: 'nic', bus: 'port2' });
    await test.execute('x-guest-dma-map', { device: 'nic', iova: 0x1000, gpa: 0x200000, size: 0x4000 });
    await test.execute('device_del', { id: 'nic' });
    await test.execute('device_add', xhci);
    assert.deepEqual(await mappingsOf(test), []);
    await assertConsistent(test);
  });

  it('a mapping that cannot be made does not put its device into a domain', async () => {
    await test.execute('device_add', xhci);
    const before = await mappingsOf(test);
    const msi = { device: 'xhci', iova: 0xfedff000, gpa: 0x200000, size: 0x2000 };
    assert.equal(
      await refusal(test, 'x-guest-dma-map', msi),
      'IOVA 0xfee00000 is where interrupts are sent to',
    );
    assert.deepEqual(await mappingsOf(test), before);
    const { iommu } = await test.execute('x-query-guest');
    assert.deepEqual(iommu, { policy: 'off', translation: false, contexts: [] });
  });
});
