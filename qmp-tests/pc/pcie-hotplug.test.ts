import assert from 'node:assert/strict';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { RunningProgram } from '../helpers/program.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf } from '../vfio/observe.ts';

/** Machines whose ports' own registers serve hotplug: of old, or on request. */
const NATIVE = {
  'an old q35': ['-M', 'pc-q35-6.0'],
  'a q35 that was told': [...['-M', 'q35', '-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off']],
};

const PORTS = [
  'pcie-root-port,id=rp,chassis=1',
  'pcie-root-port,id=full,chassis=2',
  'e1000e,bus=full,id=cold',
  'pcie-root-port,id=fixed,chassis=3,hotplug=off',
  'e1000e,bus=fixed,id=stays',
  'ioh3420,id=powered,chassis=4,power_controller_present=off',
  'pcie-root-port,id=up,chassis=5',
  'x3130-upstream,id=switch,bus=up',
  'xio3130-downstream,id=down,bus=switch,chassis=6',
].flatMap(device => ['-device', device]);

describe('native hotplug on q35, beside QEMU', function () {
  this.timeout(60_000);

  for (const [name, args] of Object.entries(NATIVE)) {
    describe(name, () => {
      let both: BesideQemu;

      beforeEach(async function () {
        requireQemu(this, 'x86_64');
        both = await BesideQemu.start('x86_64', [...args, '-accel', 'tcg', '-S', ...PORTS]);
      });

      afterEach(async () => {
        await both?.stop();
      });

      const add = (id: string, bus: string, more = {}) =>
        both.sameReply('device_add', { driver: 'e1000e', id, bus, ...more });
      const remove = (id: string) => both.sameReply('device_del', { id });

      it('lets go at once of what came into an empty slot, which no guest has switched on', async () => {
        await add('e0', 'rp');
        await remove('e0');
        assert.deepEqual(await both.sameEvent('DEVICE_DELETED'), {
          device: 'e0',
          path: '/machine/peripheral/e0',
        });
        await add('e0', 'down');
        await remove('e0');
        await both.sameEvent('DEVICE_DELETED');
        await both.sameText('info qtree');
      });

      it('empties a slot with all its functions', async () => {
        for (const addr of [1, 3, 0]) await add(`f${addr}`, 'rp', { addr: `0.${addr}`, multifunction: true });
        await both.sameText('info pci');
        await remove('f3');
        for (let i = 0; i < 3; i++) await both.sameEvent('DEVICE_DELETED');
        await both.sameText('info qtree');
      });

      it('lets a function go that the guest has not been shown', async () => {
        await add('alone', 'rp', { addr: '0.2' });
        await remove('alone');
        await both.sameEvent('DEVICE_DELETED');
      });

      it('waits for the guest to give back what was there at the start', async () => {
        await remove('cold');
        assert.match(JSON.stringify(await remove('cold')), /already in the process of unplug/);
        await both.sameReply('system_reset');
        await both.sameEvent('RESET');
        await remove('cold');
        await both.sameText('info qtree');
      });

      it('waits where the slot cannot be switched off', async () => {
        await add('e0', 'powered');
        await remove('e0');
        await remove('e0');
        await both.sameText('info qtree');
      });

      it('refuses where the port does', async () => {
        assert.match(JSON.stringify(await add('e0', 'fixed')), /Hot-plug failed: unsupported by the port/);
        assert.match(JSON.stringify(await remove('stays')), /Hot-unplug failed: unsupported by the port/);
        assert.match(JSON.stringify(await add('e0', 'switch')), /does not support hotplugging/);
        assert.match(JSON.stringify(await add('e0', 'pcie.0')), /does not support hotplugging/);
        for (const id of ['rp', 'down', 'switch']) await remove(id);
        await both.sameText('info qtree');
      });
    });
  }
});

const XHCI = { driver: 'vfio-pci', host: '0000:01:00.0', id: 'xhci', bus: 'rp' };
const GUESTED = ['-M', 'pc-q35-6.0', '-clock', 'virtual', '-device', 'pcie-root-port,id=rp,chassis=1'];
const OTHER_PORT = ['-device', 'pcie-root-port,id=other,chassis=2', '-device', 'e1000e,bus=other,id=nic'];
const SECOND = 1_000_000_000;

describe('native hotplug with a guest', () => {
  let program: RunningProgram;

  beforeEach(async () => {
    program = await RunningProgram.start([...GUESTED, ...OTHER_PORT], 'qmpsim-system-x86_64');
    await program.qmp.execute('x-clock-step', { ns: SECOND });
  });

  afterEach(async () => {
    await program.stop();
  });

  const step = (ns: number) => program.qmp.execute('x-clock-step', { ns });
  const remove = (id: string) => program.qmp.execute('device_del', { id });

  it('takes five seconds, in which nobody may ask again', async () => {
    const { qmp } = program;
    await qmp.execute('device_add', XHCI);
    await step(SECOND);
    await assertConsistent(qmp);
    assert.equal((await containersOf(qmp)).length, 1);
    await remove('xhci');
    await step(4 * SECOND);
    assert.equal(
      await refusal(qmp, 'device_del', { id: 'xhci' }),
      'Device xhci is already in the process of unplug',
    );
    assert.equal((await containersOf(qmp)).length, 1);
    assert.deepEqual(qmp.drainEvents(), []);
    await step(2 * SECOND);
    assert.deepEqual((await qmp.event('DEVICE_DELETED')).data, {
      device: 'xhci',
      path: '/machine/peripheral/xhci',
    });
    assert.deepEqual(await containersOf(qmp), []);
    await assertConsistent(qmp);
    // The slot is as it was.
    await qmp.execute('device_add', XHCI);
    await step(SECOND);
    assert.equal((await containersOf(qmp)).length, 1);
  });

  it('does not count the time for which the machine is stopped', async () => {
    const { qmp } = program;
    await remove('nic');
    await step(SECOND);
    await qmp.execute('stop');
    await step(60 * SECOND);
    assert.deepEqual(
      qmp.drainEvents().map(({ event }) => event),
      ['STOP'],
    );
    await qmp.execute('cont');
    await step(5 * SECOND);
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'nic');
  });

  it('depends on the guest, for each device as it is told', async () => {
    const { qmp } = program;
    await qmp.execute('device_add', XHCI);
    await step(SECOND);
    await qmp.execute('x-guest-set', { device: 'xhci', unplug: 'ignore' });
    for (const id of ['xhci', 'nic']) await remove(id);
    await step(10 * SECOND);
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'nic');
    assert.equal((await containersOf(qmp)).length, 1);
    // It can be asked again by now, and has changed its mind.
    await qmp.execute('x-guest-set', { device: 'xhci', unplug: 'accept' });
    await remove('xhci');
    await step(10 * SECOND);
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'xhci');
    assert.deepEqual(await containersOf(qmp), []);
  });

  it('begins anew with the machine: what was to go stays', async () => {
    const { qmp } = program;
    await remove('nic');
    await step(SECOND);
    await qmp.execute('system_reset');
    await step(20 * SECOND);
    assert.deepEqual(
      qmp.drainEvents().map(({ event }) => event),
      ['RESET'],
    );
    await remove('nic');
    await step(10 * SECOND);
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'nic');
  });
});

describe('native hotplug while the guest thinks', () => {
  it('is refused once more as long as the indicator blinks', async () => {
    const test = new TestMachine({
      type: 'pc-q35-6.0',
      devices: [
        { driver: 'pcie-root-port', id: 'rp', chassis: 1 },
        { driver: 'e1000e', id: 'f0', bus: 'rp', addr: '0.0', multifunction: true },
        { driver: 'e1000e', id: 'f1', bus: 'rp', addr: '0.1' },
      ],
    });
    await test.execute('device_del', { id: 'f0' });
    assert.equal(
      await refusal(test, 'device_del', { id: 'f1' }),
      'Hot-unplug failed: guest is busy (power indicator blinking)',
    );
    test.close();
  });
});
