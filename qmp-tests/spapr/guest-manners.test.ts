import assert from 'node:assert/strict';
import { RunningProgram, runProgram } from '../helpers/program.ts';
import type { QmpClient } from '../helpers/qmp-client.ts';
import { refusal } from '../helpers/wire.ts';

const MS = 1_000_000;

describe('a guest that is told how to behave', () => {
  let program: RunningProgram;
  let qmp: QmpClient;

  /** Time stands still, so that nothing happens but what a test lets happen. */
  async function start(...args: readonly string[]) {
    program = await RunningProgram.start(['-clock', 'virtual', ...args]);
    qmp = program.qmp;
  }

  afterEach(() => program.stop());

  const step = (ns: number) => qmp.execute('x-clock-step', { ns });

  async function add(id: string) {
    await qmp.execute('device_add', { driver: 'e1000', id });
    await step(0);
  }

  /** Devices that are still there, with whether they are to go. */
  async function devices() {
    const { devices } = await qmp.execute('x-query-guest');
    return devices.map(({ id, 'removal-requested': leaving }) => [id, leaving]);
  }

  it('sees its devices, drivers and windows', async () => {
    await start();
    await qmp.execute('device_add', { driver: 'e1000', id: 'nic' });
    const before = await qmp.execute('x-query-guest');
    assert.equal(before.devices[0]?.configured, false);
    assert.equal(before['pending-events'].at(-1)?.device, 'nic');
    assert.equal(before['pending-events'].at(-1)?.action, 'add');

    await step(0);
    await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0, size: 0x3000 });
    assert.deepEqual(await qmp.execute('x-query-guest'), {
      model: 'linux',
      running: true,
      unplug: 'accept',
      'delay-ms': 0,
      exceptions: [],
      devices: [
        {
          id: 'nic',
          'qom-path': '/machine/peripheral/nic',
          vendor: 0x8086,
          device: 0x100e,
          class: 0x0200,
          configured: true,
          'removal-requested': false,
          driver: 'e1000',
        },
      ],
      'dma-windows': [{ liobn: 0x80000000, phb: 0, start: 0, size: 0x40000000, 'page-shift': 12, mapped: 3 }],
      'pending-events': [],
    });
  });

  it('lets go after a while', async () => {
    await start();
    await add('nic');
    await qmp.execute('x-guest-set', { 'delay-ms': 100 });
    await qmp.execute('device_del', { id: 'nic' });
    await step(99 * MS);
    assert.deepEqual(await devices(), [['nic', true]]);
    await step(1 * MS);
    assert.deepEqual(await devices(), []);
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'nic');
  });

  it('waits while the machine is paused, and forgets with a reset', async () => {
    await start('-guest', 'linux,delay-ms=10');
    await qmp.execute('device_add', { driver: 'e1000', id: 'one' });
    await qmp.execute('device_add', { driver: 'e1000', id: 'two' });
    await step(10 * MS);
    await qmp.execute('device_del', { id: 'one' });
    await qmp.execute('stop');
    await step(20 * MS);
    assert.deepEqual(await devices(), [
      ['one', true],
      ['two', false],
    ]);
    await qmp.execute('cont');
    await step(0);
    assert.deepEqual(await devices(), [['two', false]]);

    await qmp.execute('device_del', { id: 'two' });
    await qmp.execute('system_reset');
    assert.deepEqual(await devices(), []);
    await step(20 * MS);
    assert.deepEqual((await qmp.execute('x-query-guest'))['pending-events'], []);
  });

  it('ignores a request, and is asked in vain until it is reset', async () => {
    await start();
    await add('nic');
    await qmp.execute('x-guest-set', { unplug: 'ignore' });
    await qmp.execute('device_del', { id: 'nic' });
    await step(3600_000 * MS);
    assert.deepEqual(await devices(), [['nic', true]]);
    assert.equal(
      await refusal(qmp, 'device_del', { id: 'nic' }),
      'PCI device unplug already in progress for device nic',
    );
    await qmp.execute('system_reset');
    assert.deepEqual(await devices(), []);
  });

  it('refuses to let a host bridge go, and the client hears of it', async () => {
    await start();
    await qmp.execute('device_add', { driver: 'spapr-pci-host-bridge', id: 'phb', index: 1 });
    await step(0);
    await qmp.execute('x-guest-set', { unplug: 'refuse' });
    await qmp.execute('device_del', { id: 'phb' });
    await step(0);
    const { data } = await qmp.event('DEVICE_UNPLUG_GUEST_ERROR');
    assert.deepEqual(data, { device: 'phb', path: '/machine/peripheral/phb' });

    await qmp.execute('x-guest-set', { unplug: 'accept' });
    await qmp.execute('device_del', { id: 'phb' });
    await step(0);
    for (;;) if ((await qmp.event('DEVICE_DELETED')).data.device === 'phb') break;
  });

  it('treats one device unlike the others', async () => {
    await start();
    await add('stubborn');
    await add('slow');
    await add('nic');
    await qmp.execute('x-guest-set', { device: 'stubborn', unplug: 'refuse' });
    await qmp.execute('x-guest-set', { device: 'slow', 'delay-ms': 50 });
    for (const id of ['stubborn', 'slow', 'nic']) await qmp.execute('device_del', { id });
    await step(0);
    assert.deepEqual(await devices(), [
      ['stubborn', true],
      ['slow', true],
    ]);
    await step(50 * MS);
    assert.deepEqual(await devices(), [['stubborn', true]]);
    assert.deepEqual((await qmp.execute('x-query-guest')).exceptions, [
      { device: 'stubborn', unplug: 'refuse' },
      { device: 'slow', 'delay-ms': 50 },
    ]);
  });

  it('can be exchanged for none at all', async () => {
    await start();
    await qmp.execute('x-guest-set', { model: 'none' });
    await add('nic');
    const { model, devices } = await qmp.execute('x-query-guest');
    assert.equal(model, 'none');
    assert.equal(devices[0]?.configured, false);
    assert.equal(
      await refusal(qmp, 'x-guest-set', { model: 'aix' }),
      "Parameter 'model' does not accept value 'aix'",
    );
  });
});

describe('what a command line says of the guest', () => {
  it('is checked', async () => {
    const complaint = async (guest: string) => {
      const { status, stderr } = await runProgram(['-nodefaults', '-display', 'none', '-guest', guest]);
      assert.equal(status, 1);
      return stderr.trimEnd().replace(/^qmpsim-system-ppc64: /, '');
    };
    assert.equal(
      await complaint('aix'),
      "-guest aix: unknown guest model 'aix', known ones are: linux, none",
    );
    assert.equal(
      await complaint('linux,unplug=never'),
      "-guest linux,unplug=never: Parameter 'unplug' does not accept value 'never'",
    );
    assert.equal(
      await complaint('linux,delay-ms=soon'),
      "-guest linux,delay-ms=soon: Parameter 'delay-ms' expects a number",
    );
    assert.equal(await complaint('linux,colour=red'), "-guest linux,colour=red: Invalid parameter 'colour'");
  });

  it('leaves a real clock to itself', async () => {
    const program = await RunningProgram.start([]);
    assert.equal(
      await refusal(program.qmp, 'x-clock-step', { ns: 1 }),
      "This command needs '-clock virtual'",
    );
    await program.stop();
  });
});
