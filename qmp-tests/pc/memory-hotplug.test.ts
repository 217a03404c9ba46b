import assert from 'node:assert/strict';
import { HardwareError, noGuest } from '../../src/index.ts';
import { askBoth, type Question } from '../differential/side-by-side.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { assertConsistent, containersOf, mappingsOf } from '../vfio/observe.ts';

const GIB = 1n << 30n;
const DIMM = 256 << 20;
/** Where the first module is seen: above the hole below 4 GiB. */
const DIMM_ADDRESS = 4 * 2 ** 30;
const ROOM = { ramSize: GIB, ramSlots: 4n, maxRamSize: 8n * GIB };
const XHCI = { driver: 'vfio-pci', host: '0000:01:00.0', id: 'xhci' };

async function plug(test: TestMachine, id: string): Promise<void> {
  await test.execute('object-add', { 'qom-type': 'memory-backend-ram', id: `${id}-mem`, size: DIMM });
  await test.execute('device_add', { driver: 'pc-dimm', id, memdev: `${id}-mem` });
}

/** What the guest said of slot 0. */
const said = (source: number, status: number, device?: string) => ({
  event: 'ACPI_DEVICE_OST',
  data: {
    info: { ...(device === undefined ? {} : { device }), slot: '0', 'slot-type': 'DIMM', source, status },
  },
});

for (const type of ['pc', 'q35']) {
  describe(`a memory module on ${type}`, () => {
    it('is taken into use by the guest, and given back on request', async () => {
      const test = new TestMachine({ ...ROOM, type });
      await plug(test, 'dimm');
      assert.deepEqual(test.drainEvents(), [said(1, 0, 'dimm')]);
      await test.execute('device_del', { id: 'dimm' });
      assert.deepEqual(test.drainEvents(), [
        said(3, 0x84, 'dimm'),
        { event: 'DEVICE_DELETED', data: { device: 'dimm', path: '/machine/peripheral/dimm' } },
        said(3, 0),
      ]);
      await test.execute('object-del', { id: 'dimm-mem' });
      assert.deepEqual(await test.execute('query-memory-devices'), []);
      test.close();
    });

    it('stays if the guest refuses', async () => {
      const test = new TestMachine({ ...ROOM, type, guestManners: { unplug: 'refuse' } });
      await plug(test, 'dimm');
      await test.execute('device_del', { id: 'dimm' });
      assert.deepEqual(test.drainEvents().slice(1), [said(3, 0x84, 'dimm'), said(3, 0x82, 'dimm')]);
      const [first, second] = await test.execute('query-acpi-ospm-status');
      assert.deepEqual(first, said(3, 0x82, 'dimm').data.info);
      assert.deepEqual(second, { slot: '1', 'slot-type': 'DIMM', source: 0, status: 0 });

      await test.execute('x-guest-set', { unplug: 'accept' });
      await test.execute('device_del', { id: 'dimm' });
      await test.event('DEVICE_DELETED');
      test.close();
    });

    it('waits for a guest that does not answer, also through a reset, and can be asked for again', async () => {
      const test = new TestMachine({ ...ROOM, type, guest: noGuest });
      await plug(test, 'dimm');
      for (let times = 0; times < 2; times++) await test.execute('device_del', { id: 'dimm' });
      await test.execute('system_reset');
      assert.equal((await test.execute('query-memory-devices')).length, 1);

      await test.execute('x-guest-set', { model: 'linux' });
      await test.execute('system_reset');
      await test.execute('device_del', { id: 'dimm' });
      await test.event('DEVICE_DELETED');
      test.close();
    });

    it('that comes while the guest is paused is found when it goes on', async () => {
      const test = new TestMachine({ ...ROOM, type });
      await test.execute('stop');
      await plug(test, 'one');
      await plug(test, 'two');
      await test.execute('device_del', { id: 'one' });
      assert.deepEqual(
        test.drainEvents().map(({ event }) => event),
        ['STOP'],
      );
      await test.execute('cont');
      assert.equal((await test.event('DEVICE_DELETED')).data.device, 'one');
      assert.deepEqual(
        (await test.execute('query-memory-devices')).map(({ data }) => data),
        [
          {
            id: 'two',
            addr: DIMM_ADDRESS + DIMM,
            slot: 1,
            node: 0,
            memdev: '/objects/two-mem',
            size: DIMM,
            hotpluggable: true,
            hotplugged: true,
          },
        ],
      );
      test.close();
    });

    it('is treated as the guest treats this one', async () => {
      const test = new TestMachine({ ...ROOM, type });
      await plug(test, 'stubborn');
      await plug(test, 'other');
      await test.execute('x-guest-set', { device: 'stubborn', unplug: 'ignore' });
      for (const id of ['stubborn', 'other']) await test.execute('device_del', { id });
      assert.equal((await test.event('DEVICE_DELETED')).data.device, 'other');
      assert.equal((await test.execute('query-memory-devices')).length, 1);
      test.close();
    });
  });
}

describe('memory that comes while a device is assigned on a PC', () => {
  it('is mapped for the device in every container, and unmapped when it goes', async () => {
    const test = new TestMachine({ ...ROOM, type: 'pc' });
    await test.execute('device_add', XHCI);
    const before = await test.execute('x-query-host');
    const locked = (await containersOf(test))[0]?.['locked-bytes'] ?? 0;
    await plug(test, 'dimm');
    assert.deepEqual((await mappingsOf(test)).at(-1), {
      iova: DIMM_ADDRESS,
      size: DIMM,
      gpa: DIMM_ADDRESS,
      perm: 'rw',
    });
    assert.equal((await containersOf(test))[0]?.['locked-bytes'], locked + DIMM);
    await assertConsistent(test);

    await test.execute('device_del', { id: 'dimm' });
    assert.deepEqual(await test.execute('x-query-host'), before);
    await assertConsistent(test);
    test.close();
  });

  it('is a hardware error where the host cannot map it', async () => {
    const test = new TestMachine({ ...ROOM, type: 'pc' });
    await test.execute('device_add', XHCI);
    await test.execute('x-host-fault-add', { op: 'VFIO_IOMMU_MAP_DMA', errno: 'ENOSPC' });
    await assert.rejects(plug(test, 'dimm'), HardwareError);
    assert.equal(test.machine.end?.message, 'vfio: DMA mapping failed, unable to continue');
    assert.equal(test.machine.process.lockedBytes, 0n);
  });

  it('is mapped with the rest where it was there before', async () => {
    const test = new TestMachine({ ...ROOM, type: 'pc' });
    await plug(test, 'dimm');
    await test.execute('device_add', XHCI);
    assert.equal((await mappingsOf(test)).at(-1)?.iova, DIMM_ADDRESS);
    await assertConsistent(test);
    test.close();
  });
});

const BACKENDS = {
  cold: '256M',
  m1: '128M',
  m2: '512M',
  odd: '5000',
  small: '1M',
  g4: '4G',
} as const;

const add = (args: object): Question => ['device_add', { driver: 'pc-dimm', ...args }];

const STORY: readonly Question[] = [
  ['query-acpi-ospm-status'],
  add({ memdev: 'm1', id: 'd1' }),
  add({ memdev: 'm2', id: 'd2', addr: '0x140000000' }),
  add({ memdev: 'odd', id: 'd3' }),
  add({ memdev: 'small', id: 'd3' }),
  add({ memdev: 'g4', id: 'd3' }),
  add({ memdev: 'cold', id: 'd3' }),
  add({ id: 'd3' }),
  add({ memdev: 'odd', id: 'd3', slot: 6 }),
  add({ memdev: 'odd', id: 'd3', slot: 0 }),
  ['query-memory-devices'],
  ['query-acpi-ospm-status'],
  'info memory-devices',
  ['device_del', { id: 'd1' }],
  ['device_del', { id: 'd1' }],
  ['object-del', { id: 'm1' }],
  ['query-memory-devices'],
  ['query-acpi-ospm-status'],
  ['system_reset'],
  ['query-memory-devices'],
  ['device_del', { id: 'cold' }],
  ['query-memory-size-summary'],
  ['qom-list', { path: '/machine/peripheral' }],
  ['qom-get', { path: '/machine', property: 'device-memory-region-size' }],
];

describe('memory modules on PCs, beside QEMU', function () {
  this.timeout(60_000);

  for (const type of ['pc', 'q35']) {
    it(`are accepted and refused on ${type} as QEMU does`, async function () {
      const objects = Object.entries(BACKENDS).flatMap(([id, size]) => [
        '-object',
        `memory-backend-ram,id=${id},size=${size}`,
      ]);
      const args = ['-M', type, '-nodefaults', '-m', '1G,slots=6,maxmem=4G', ...objects];
      await askBoth(
        this,
        { target: 'x86_64', args: [...args, '-device', 'pc-dimm,memdev=cold,id=cold'] },
        STORY,
      );
    });
  }
});
