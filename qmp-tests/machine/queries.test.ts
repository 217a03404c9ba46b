import assert from 'node:assert/strict';
import type { Commands } from '../../src/generated/commands.ts';
import { commandInfo } from '../../src/generated/commands.ts';
import { createMachine, type QmpError } from '../../src/index.ts';
import { recorded } from './recorded.ts';

type Answer =
  | { readonly return: unknown }
  | { readonly error: { readonly class: string; readonly desc: string } };

/** Answers that tell of the monitor's own socket, of files of the recorded QEMU, or of what it was built with. */
const NOT_COMPARED = new Set(['query-chardev', 'query-chardev-backends', 'query-yank', 'x-query-roms']);

function isCommand(name: string): name is keyof Commands {
  return Object.hasOwn(commandInfo, name);
}

/** Integers as plain numbers, thread ids as the recordings have them, lists in an order of their own. */
function normalise(value: unknown, name = ''): unknown {
  if (name === 'thread-id') return 1001;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) {
    const items = value.map(item => normalise(item));
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, normalise(member, key)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('queries of a machine without devices', () => {
  const machine = createMachine({ accelerators: ['tcg'], paused: true });
  after(() => machine.close());

  async function answerTo(name: keyof Commands): Promise<Answer> {
    try {
      return { return: await machine.execute(name, {}) };
    } catch (error) {
      const { errorClass, desc } = error as QmpError;
      return { error: { class: errorClass, desc } };
    }
  }

  it('are answered as QEMU answers', async () => {
    const recording = recorded<Record<string, Answer>>('ppc64/query-misc-minimal-machine');
    let compared = 0;
    for (const [name, expected] of Object.entries(recording)) {
      if (NOT_COMPARED.has(name) || !isCommand(name)) continue;
      assert.deepEqual(normalise(await answerTo(name)), normalise(expected), name);
      compared++;
    }
    assert.ok(compared >= 30, `${compared} compared`);
  });

  it('about processors and options are answered as QEMU answers', async () => {
    const names = recorded<readonly string[]>('ppc64/query-cpu-definitions-names');
    const definitions = await machine.execute('query-cpu-definitions');
    assert.deepEqual(
      definitions.map(({ name }) => name),
      names,
    );
    const sample = recorded<readonly { name: string }[]>('ppc64/query-cpu-definitions-sample');
    for (const entry of sample) {
      assert.deepEqual(
        definitions.find(({ name }) => name === entry.name),
        entry,
      );
    }
    const options = recorded<unknown>('ppc64/query-command-line-options');
    assert.deepEqual(await machine.execute('query-command-line-options'), options);
    const places = recorded<unknown>('ppc64/query-hotpluggable-cpus-default');
    assert.deepEqual(await machine.execute('query-hotpluggable-cpus'), places);
  });

  it('about machines are answered as QEMU answers', async () => {
    const recording = recorded<readonly { name: string }[]>('ppc64/query-machines');
    for (const one of await machine.execute('query-machines'))
      assert.deepEqual(
        one,
        recording.find(({ name }) => name === one.name),
        one.name,
      );
  });

  it('about options of a PC are answered as QEMU answers', async () => {
    const pc = createMachine({ type: 'q35', accelerators: ['tcg'], paused: true });
    const options = recorded<unknown>('x86_64/query-command-line-options');
    assert.deepEqual(await pc.execute('query-command-line-options'), options);
    pc.close();
  });

  it('about commands list what introspection describes', async () => {
    const commands = (await machine.execute('query-commands')).map(({ name }) => name);
    const described = (await machine.execute('query-qmp-schema')).filter(
      entry => entry['meta-type'] === 'command',
    );
    assert.deepEqual(commands.sort(), described.map(({ name }) => name).sort());
  });

  it('of one option name it', async () => {
    const [name] = await machine.execute('query-command-line-options', { option: 'name' });
    assert.deepEqual(
      name?.parameters.map(parameter => parameter.name),
      ['debug-threads', 'process', 'guest'],
    );
    await assert.rejects(machine.execute('query-command-line-options', { option: 'nosuch' }), {
      desc: 'invalid option name: nosuch',
    });
  });
});

describe('file descriptors', () => {
  const machine = createMachine({ accelerators: ['tcg'], paused: true });
  after(() => machine.close());

  it('cannot come from clients', async () => {
    const desc = 'No file descriptor supplied via SCM_RIGHTS';
    await assert.rejects(machine.execute('getfd', { fdname: 'x' }), { desc });
    await assert.rejects(machine.execute('add-fd', {}), { desc });
    await assert.rejects(machine.execute('closefd', { fdname: 'x' }), {
      desc: "File descriptor named 'x' not found",
    });
    await assert.rejects(machine.execute('add_client', { protocol: 'vnc', fdname: 'x' }), {
      desc: "File descriptor named 'x' has not been found",
    });
  });

  it('of the command line are in sets', async () => {
    const { fdSets } = machine.machine;
    fdSets.add(2, 9, 'for a disk');
    fdSets.add(2, 10);
    assert.deepEqual(await machine.execute('query-fdsets'), [
      { 'fdset-id': 2, fds: [{ fd: 10 }, { fd: 9, opaque: 'for a disk' }] },
    ]);
    await machine.execute('remove-fd', { 'fdset-id': 2, fd: 10 });
    await assert.rejects(machine.execute('remove-fd', { 'fdset-id': 2, fd: 10 }), {
      desc: "File descriptor named 'fdset-id:2, fd:10' not found",
    });
    await machine.execute('remove-fd', { 'fdset-id': 2 });
    assert.deepEqual(await machine.execute('query-fdsets'), []);
  });
});
