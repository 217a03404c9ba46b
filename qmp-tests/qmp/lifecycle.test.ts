import assert from 'node:assert/strict';
import { LiveProgram, type Wire } from './live-program.ts';

const MACHINE = [
  '-M',
  'pseries',
  '-display',
  'none',
  '-nodefaults',
  '-qmp',
  'unix:qmp.sock,server=on,wait=off',
];

/** Sends a command; everything up to its reply, without times. */
async function say(wire: Wire, command: string, args?: object): Promise<readonly unknown[]> {
  wire.send(JSON.stringify({ execute: command, arguments: args, id: 1 }));
  for (const seen: unknown[] = []; ; ) {
    const { timestamp: _, id, ...message } = JSON.parse(await wire.line());
    seen.push(message);
    if (id === 1) return seen;
  }
}

const done = { return: {} };
const refused = (desc: string) => ({ error: { class: 'GenericError', desc } });
const status = (name: string) => ({
  return: { status: name, singlestep: false, running: name === 'running' },
});
const end = (event: 'SHUTDOWN' | 'RESET', reason: string) => ({ event, data: { guest: false, reason } });

describe('the life of a machine', () => {
  let program: LiveProgram;
  afterEach(() => program.stop());

  async function start(...args: readonly string[]): Promise<Wire> {
    program = new LiveProgram([...MACHINE, ...args]);
    return (await program.connect()).negotiate();
  }

  it('goes from running to paused and back, and begins anew with a reset', async () => {
    const wire = await start('-accel', 'qtest');
    assert.deepEqual(await say(wire, 'query-status'), [status('running')]);
    assert.deepEqual(await say(wire, 'stop'), [{ event: 'STOP' }, done]);
    assert.deepEqual(await say(wire, 'stop'), [done]);
    assert.deepEqual(await say(wire, 'query-status'), [status('paused')]);
    assert.deepEqual(await say(wire, 'system_reset'), [end('RESET', 'host-qmp-system-reset'), done]);
    assert.deepEqual(await say(wire, 'query-status'), [status('prelaunch')]);
    assert.deepEqual(await say(wire, 'system_powerdown'), [{ event: 'POWERDOWN' }, done]);
    assert.deepEqual(await say(wire, 'inject-nmi'), [done]);
    assert.deepEqual(await say(wire, 'cont'), [{ event: 'RESUME' }, done]);
    const awake = 'Unable to wake up: guest is not in suspended state';
    assert.deepEqual(await say(wire, 'system_wakeup'), [refused(awake)]);
    assert.deepEqual(await say(wire, 'query-current-machine'), [
      { return: { 'wakeup-suspend-support': true } },
    ]);
    const late = 'The command is permitted only before machine initialization';
    assert.deepEqual(await say(wire, 'x-exit-preconfig'), [refused(late)]);
  });

  it('ends with a reset under -no-reboot', async () => {
    const wire = await start('-no-reboot');
    assert.deepEqual(await say(wire, 'system_reset'), [end('SHUTDOWN', 'host-qmp-system-reset'), done]);
    await wire.end();
    assert.equal((await program.ended()).status, 0);
  });

  for (const how of ['-action', 'set-action']) {
    it(`can be held after its end, told by ${how}`, async () => {
      const wire = await start(...(how === '-action' ? ['-action', 'shutdown=pause,reboot=shutdown'] : []));
      if (how === 'set-action') await say(wire, 'set-action', { shutdown: 'pause', reboot: 'shutdown' });
      const shutdown = end('SHUTDOWN', 'host-qmp-system-reset');
      assert.deepEqual(await say(wire, 'system_reset'), [shutdown, { event: 'STOP' }, done]);
      assert.deepEqual(await say(wire, 'query-status'), [status('shutdown')]);
      assert.deepEqual(await say(wire, 'system_reset'), [shutdown, done]);
      assert.deepEqual(await say(wire, 'cont'), [refused('Resetting the Virtual Machine is required')]);
      await say(wire, 'set-action', { reboot: 'reset' });
      assert.deepEqual(await say(wire, 'system_reset'), [end('RESET', 'host-qmp-system-reset'), done]);
      assert.deepEqual(await say(wire, 'cont'), [{ event: 'RESUME' }, done]);
      assert.deepEqual(await say(wire, 'quit'), [end('SHUTDOWN', 'host-qmp-quit'), done]);
      assert.equal((await program.ended()).status, 0);
    });
  }

  it('can begin with a time of configuration, in which little is allowed', async () => {
    const wire = await start('--preconfig', '-device', 'e1000,id=net');
    const early = (name: string) =>
      refused(`The command '${name}' is permitted only after machine initialization has completed`);
    assert.deepEqual(await say(wire, 'query-status'), [status('prelaunch')]);
    assert.deepEqual(await say(wire, 'cont'), [early('cont')]);
    assert.deepEqual(await say(wire, 'device_add', { driver: 'e1000' }), [early('device_add')]);
    assert.deepEqual(await say(wire, 'query-uuid'), [
      { return: { UUID: '00000000-0000-0000-0000-000000000000' } },
    ]);
    assert.deepEqual(await say(wire, 'x-exit-preconfig', { a: 1 }), [refused("Parameter 'a' is unexpected")]);
    assert.deepEqual(await say(wire, 'x-exit-preconfig'), [{ event: 'RESUME' }, done]);
    assert.deepEqual(await say(wire, 'query-status'), [status('running')]);
    assert.deepEqual(await say(wire, 'device_add', { driver: 'e1000', id: 'net' }), [
      refused("Duplicate device ID 'net'"),
    ]);
  });

  it('does not begin if what was configured cannot be had', async () => {
    const wire = await start('--preconfig', '-device', 'nosuch');
    wire.send('{"execute":"x-exit-preconfig"}');
    await wire.end();
    assert.equal(wire.text, '');
    const { status: code, stderr } = await program.ended();
    assert.match(stderr, /: -device nosuch: 'nosuch' is not a valid device model name\n$/);
    assert.equal(code, 1);
  });

  it('can be ended before it begins', async () => {
    const wire = await start('-S', '--preconfig');
    assert.deepEqual(await say(wire, 'quit'), [end('SHUTDOWN', 'host-qmp-quit'), done]);
    assert.equal((await program.ended()).status, 0);
  });
});
