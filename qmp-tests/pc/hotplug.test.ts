import assert from 'node:assert/strict';
import { noGuest } from '../../src/index.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { RunningProgram } from '../helpers/program.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf } from '../vfio/observe.ts';

const XHCI = { driver: 'vfio-pci', host: '0000:01:00.0', id: 'xhci' };
const PENDING = 'Device xhci is already in the process of unplug';

describe('ACPI hotplug on pc', () => {
  it('gives a device to the guest and takes it back with its consent', async () => {
    const program = await RunningProgram.start(['-M', 'pc'], 'qmpsim-system-x86_64');
    try {
      const { qmp } = program;
      const before = await qmp.execute('x-query-host');
      for (let round = 0; round < 100; round++) {
        await qmp.execute('device_add', XHCI);
        await assertConsistent(qmp);
        await qmp.execute('device_del', { id: 'xhci' });
        const { data } = await qmp.event('DEVICE_DELETED');
        assert.deepEqual(data, { device: 'xhci', path: '/machine/peripheral/xhci' });
      }
      assert.deepEqual(await containersOf(qmp), []);
      assert.deepEqual(await qmp.execute('x-query-host'), before);
      assert.deepEqual(qmp.drainEvents(), []);
    } finally {
      await program.stop();
    }
  });

  it('keeps the device of a guest that does not answer, until the machine is reset', async () => {
    const test = new TestMachine({ type: 'pc', paused: true, guest: noGuest });
    await test.execute('device_add', XHCI);
    await test.execute('device_del', { id: 'xhci' });
    assert.equal(await refusal(test, 'device_del', { id: 'xhci' }), PENDING);
    assert.equal((await containersOf(test)).length, 1);

    await test.execute('system_reset');
    await test.event('DEVICE_DELETED');
    assert.deepEqual(await containersOf(test), []);
    test.close();
  });

  it('lets a request be repeated once time has passed: a guest that was not up yet has missed it', async () => {
    const program = await RunningProgram.start(['-M', 'pc', '-guest', 'none'], 'qmpsim-system-x86_64');
    try {
      const { qmp } = program;
      await qmp.execute('device_add', XHCI);
      for (let i = 0; i < 50; i++) await qmp.execute('query-status');
      await qmp.execute('device_del', { id: 'xhci' });
      await qmp.execute('device_del', { id: 'xhci' });
      assert.equal((await containersOf(qmp)).length, 1);
    } finally {
      await program.stop();
    }
  });

  it('tells the guest, which was paused, what happened meanwhile', async () => {
    const test = new TestMachine({ type: 'pc' });
    await test.execute('stop');
    await test.execute('device_add', XHCI);
    await test.execute('device_del', { id: 'xhci' });
    assert.equal((await containersOf(test)).length, 1);
    await test.execute('cont');
    await test.event('DEVICE_DELETED');
    test.close();
  });

  it('empties a slot with all its functions', async () => {
    const test = new TestMachine({ type: 'pc' });
    const nic = (fn: number) => ({
      driver: 'vfio-pci',
      host: `0000:02:00.${fn}`,
      id: `port${fn}`,
      addr: `9.${fn}`,
      multifunction: true,
    });
    await test.execute('device_add', nic(1));
    await test.execute('device_add', nic(0));
    assert.equal(
      await refusal(test, 'device_add', { driver: 'e1000', id: 'late', addr: '9.2' }),
      'PCI: slot 9 function 0 already occupied by vfio-pci, new func e1000 cannot be exposed to guest.',
    );
    await test.execute('device_del', { id: 'port1' });
    const gone = [await test.event('DEVICE_DELETED'), await test.event('DEVICE_DELETED')];
    assert.deepEqual(
      gone.map(({ data }) => data.device),
      ['port0', 'port1'],
    );
    assert.deepEqual(await containersOf(test), []);
    test.close();
  });

  it('gives every acpi-index once, and takes it back', async () => {
    const test = new TestMachine({ type: 'pc' });
    await test.execute('device_add', { driver: 'e1000', id: 'one', 'acpi-index': 5 });
    const other = { driver: 'e1000', id: 'two', 'acpi-index': 5 };
    assert.equal(await refusal(test, 'device_add', other), 'a PCI device with acpi-index = 5 already exist');
    assert.equal(
      await refusal(test, 'device_add', { ...other, 'acpi-index': 16384 }),
      'acpi-index should be less or equal to 16383',
    );
    await test.execute('device_del', { id: 'one' });
    await test.event('DEVICE_DELETED');
    await test.execute('device_add', other);
    test.close();
  });

  it('switches off when the power button is pressed', async () => {
    const test = new TestMachine({ type: 'pc' });
    await test.execute('system_powerdown');
    const { data } = await test.event('SHUTDOWN');
    assert.deepEqual(data, { guest: true, reason: 'guest-shutdown' });
  });
});

describe('hotplug behind bridges on pc', () => {
  it('goes by ACPI for bridges of the start, and by their own controller for later ones', async () => {
    const test = new TestMachine({ type: 'pc', paused: true });
    await test.execute('device_add', { driver: 'pci-bridge', id: 'late', chassis_nr: 2 });
    assert.equal(
      await refusal(test, 'device_add', { driver: 'e1000', id: 'zero', bus: 'late' }),
      'Unsupported PCI slot 0 for standard hotplug controller. Valid slots are between 1 and 31.',
    );
    await test.execute('device_add', { ...XHCI, bus: 'late', addr: '1' });
    await test.execute('device_del', { id: 'xhci' });
    await test.event('DEVICE_DELETED');
    assert.deepEqual(await containersOf(test), []);
    test.close();
  });

  it('is not to be had where a bridge has no controller', async () => {
    const test = new TestMachine({ type: 'pc' });
    await test.execute('device_add', { driver: 'pci-bridge', id: 'br', chassis_nr: 1, shpc: false });
    assert.equal(
      await refusal(test, 'device_add', { ...XHCI, bus: 'br', addr: '1' }),
      "Bus 'br' does not support hotplugging",
    );
    test.close();
  });
});

describe('q35', () => {
  it('has a root bus on which nothing comes or goes', async () => {
    const test = new TestMachine({ type: 'q35' });
    assert.equal(await refusal(test, 'device_add', XHCI), "Bus 'pcie.0' does not support hotplugging");
    test.close();
  });
});
