import assert from 'node:assert/strict';
import { noGuest } from '../../src/index.ts';
import { askBoth, type Question } from '../differential/side-by-side.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';
import { everythingOf } from '../vfio/observe.ts';

const TYPE = 'qemu64-x86_64-cpu';
const SMP = { cpus: 1, maxcpus: 4, sockets: 2, cores: 2, threads: 1 };
const CPU = { driver: TYPE, id: 'cpu', 'socket-id': 1, 'core-id': 0, 'thread-id': 0 } as const;
/** The number of that place. */
const PLACE = 2;

/** What the guest said of a place. */
const said = (source: number, status: number, device?: string) => ({
  event: 'ACPI_DEVICE_OST',
  data: {
    info: {
      ...(device === undefined ? {} : { device }),
      slot: String(PLACE),
      'slot-type': 'CPU',
      source,
      status,
    },
  },
});

async function indexes(test: TestMachine): Promise<readonly number[]> {
  return (await test.execute('query-cpus-fast')).map(cpu => Number(cpu['cpu-index']));
}

for (const type of ['pc', 'q35']) {
  describe(`a processor on ${type}`, () => {
    it('is taken into use by the guest, and given back on request', async () => {
      const test = new TestMachine({ type, smp: SMP });
      const before = await everythingOf(test);
      for (let round = 0; round < 3; round++) {
        await test.execute('device_add', CPU);
        assert.deepEqual(test.drainEvents(), [said(1, 0, 'cpu')]);
        assert.deepEqual(await indexes(test), [0, PLACE]);
        await test.execute('device_del', { id: 'cpu' });
        assert.deepEqual(test.drainEvents(), [
          said(3, 0x84, 'cpu'),
          { event: 'DEVICE_DELETED', data: { device: 'cpu', path: '/machine/peripheral/cpu' } },
          said(3, 0),
        ]);
        assert.deepEqual(await indexes(test), [0]);
      }
      assert.deepEqual(await everythingOf(test), before);
      test.close();
    });

    it('stays if the guest refuses', async () => {
      const test = new TestMachine({ type, smp: SMP, guestManners: { unplug: 'refuse' } });
      await test.execute('device_add', CPU);
      await test.execute('device_del', { id: 'cpu' });
      assert.deepEqual(test.drainEvents().slice(1), [said(3, 0x84, 'cpu'), said(3, 0x82, 'cpu')]);
      assert.deepEqual(await indexes(test), [0, PLACE]);
      const status = await test.execute('query-acpi-ospm-status');
      assert.deepEqual(status[PLACE], said(3, 0x82, 'cpu').data.info);
      await test.execute('x-guest-set', { unplug: 'accept' });
      await test.execute('device_del', { id: 'cpu' });
      await test.event('DEVICE_DELETED');
      test.close();
    });

    it('waits for a guest that does not answer, and can be asked for again', async () => {
      const test = new TestMachine({ type, smp: SMP, guestManners: { unplug: 'ignore' } });
      await test.execute('device_add', CPU);
      for (let i = 0; i < 2; i++) await test.execute('device_del', { id: 'cpu' });
      assert.deepEqual(await indexes(test), [0, PLACE]);
      await test.execute('x-guest-set', { unplug: 'accept' });
      await test.execute('device_del', { id: 'cpu' });
      await test.event('DEVICE_DELETED');
      test.close();
    });

    it('cannot leave before the guest knows the registers for it', async () => {
      const test = new TestMachine({ type, smp: SMP, guest: noGuest });
      await test.execute('device_add', CPU);
      assert.equal(
        await refusal(test, 'device_del', { id: 'cpu' }),
        `acpi: device unplug request for not supported device type: ${TYPE}`,
      );
      assert.deepEqual(await test.execute('query-acpi-ospm-status'), []);
      // A client can say so in the guest's place.
      const power = await test.execute('qom-get', { path: '/machine', property: 'acpi-device' });
      const place = { path: String(power), property: 'cpu-hotplug-legacy' };
      assert.equal(await test.execute('qom-get', place), true);
      await test.execute('qom-set', { ...place, value: false });
      assert.equal(await test.execute('qom-get', place), false);
      await test.execute('device_del', { id: 'cpu' });
      assert.equal((await test.execute('query-acpi-ospm-status')).length, 4);
      test.close();
    });

    it('that is there from the start can leave, too, but not the first', async () => {
      const test = new TestMachine({ type, smp: { ...SMP, cpus: 2 }, devices: [CPU] });
      assert.deepEqual(await indexes(test), [0, 1, PLACE]);
      const [first, second] = await test.execute('query-cpus-fast');
      assert.equal(
        await refusal(test, 'device_del', { id: first?.['qom-path'] ?? '' }),
        'Boot CPU is unpluggable',
      );
      await test.execute('device_del', { id: second?.['qom-path'] ?? '' });
      await test.execute('device_del', { id: 'cpu' });
      assert.deepEqual(await indexes(test), [0]);
      test.close();
    });
  });
}

const add = (args: object): Question => ['device_add', { driver: TYPE, ...args }];
const place = (socket: number, core: number, thread: number) => ({
  'socket-id': socket,
  'core-id': core,
  'thread-id': thread,
});

/** Three cores a socket, so that ids of local APICs have gaps. */
const GAPS = '1,maxcpus=12,sockets=2,cores=3,threads=2';
const QUESTIONS: readonly Question[] = [
  ['query-hotpluggable-cpus'],
  ...[
    {},
    { 'socket-id': 1 },
    { 'socket-id': 1, 'core-id': 0 },
    place(9, 0, 0),
    place(1, 9, 0),
    place(1, 0, 9),
    place(-2, 0, 0),
    { ...place(1, 0, 0), 'die-id': 3 },
    place(0, 0, 0),
    { ...place(1, 0, 0), 'node-id': 3 },
    { ...place(1, 0, 0), bus: 'nosuch' },
    { ...place(1, 0, 0), level: 'x' },
    { ...place(1, 2, 1), id: 'c1' },
    { ...place(1, 2, 1), id: 'c2' },
    { 'apic-id': 6 },
    { 'apic-id': 99 },
    { 'apic-id': 10, id: 'c2' },
    { 'apic-id': 4, 'core-id': 1 },
    { 'apic-id': 4, 'thread-id': 1 },
    { 'apic-id': 4, 'die-id': 1 },
    { 'apic-id': 4, 'socket-id': 1 },
    { 'apic-id': 4, id: 'c3' },
    place(0, 1, 0),
  ].map(add),
  ['device_add', { driver: 'kvm64-x86_64-cpu', ...place(1, 0, 0) }],
  ['device_add', { driver: 'x86_64-cpu' }],
  ['query-hotpluggable-cpus'],
  ['query-acpi-ospm-status'],
  ...['apic-id', 'socket-id', 'die-id', 'core-id', 'thread-id', 'hotplugged', 'hotpluggable'].map(
    (property): Question => ['qom-get', { path: '/machine/peripheral/c2', property }],
  ),
  ['device_del', { id: 'c1' }],
  ['device_del', { id: '/machine/unattached/device[0]' }],
  'info hotpluggable-cpus',
  'info qom-tree /machine/peripheral',
];

describe('processors that are added, beside QEMU', () => {
  for (const machine of ['pc', 'q35', 'pc-i440fx-2.6'])
    it(`on ${machine}`, async function () {
      const args = ['-M', machine, '-nodefaults', '-smp', GAPS];
      await askBoth(this, { target: 'x86_64', args }, QUESTIONS);
    });

  it('with nodes of memory, and from the start', async function () {
    const args = [
      ...['-M', 'q35', '-nodefaults', '-smp', '1,maxcpus=4,sockets=2,dies=2', '-m', '256'],
      ...['-object', 'memory-backend-ram,id=m0,size=128M', '-object', 'memory-backend-ram,id=m1,size=128M'],
      ...['-numa', 'node,memdev=m0', '-numa', 'node,memdev=m1'],
      ...['-numa', 'cpu,node-id=0,socket-id=0', '-numa', 'cpu,node-id=1,socket-id=1'],
      ...['-device', `${TYPE},socket-id=0,die-id=1,core-id=0,thread-id=0,id=early`],
    ];
    await askBoth(this, { target: 'x86_64', args }, [
      ['query-hotpluggable-cpus'],
      add(place(1, 0, 0)),
      add({ ...place(1, 0, 0), 'die-id': 1, 'node-id': 0 }),
      add({ ...place(1, 0, 0), 'die-id': 1, id: 'late' }),
      ['qom-get', { path: 'late', property: 'node-id' }],
      ['qom-get', { path: 'early', property: 'node-id' }],
      ['qom-get', { path: 'late', property: 'apic-id' }],
      ['query-hotpluggable-cpus'],
    ]);
  });
});
