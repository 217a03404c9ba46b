import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { sortedSpaces } from '../differential/memory-tree.ts';
import { byName } from '../machine/recorded.ts';
import { type ProgramName, RunningProgram, runCommand, runProgram } from './program.ts';
import { type Arguments, CommandError, type CommandName, type EventName } from './wire.ts';

export type Target = 'ppc64' | 'x86_64';

/** Skips the test where the original is not installed, unless everything is required. */
export function requireQemu(test: Mocha.Context, target: Target): void {
  const program = `qemu-system-${target}`;
  const isInstalled = (process.env.PATH ?? '')
    .split(delimiter)
    .some(folder => existsSync(join(folder, program)));
  if (isInstalled) return;
  assert.notEqual(process.env.QMPSIM_REQUIRE, '1', `${program} is missing`);
  test.skip();
}

/** QEMU and our program, started with the same arguments and asked the same. */
export class BesideQemu {
  private constructor(
    readonly qemu: RunningProgram,
    readonly ours: RunningProgram,
  ) {}

  /** @param args beyond `-display none -nodefaults` */
  static async start(target: Target, args: readonly string[]): Promise<BesideQemu> {
    const [qemu, ours] = await Promise.all([
      RunningProgram.startQemu(args, `qemu-system-${target}`),
      RunningProgram.start(args, ourName(target)),
    ]);
    return new BesideQemu(qemu, ours);
  }

  /** What both print when they refuse a command line. */
  static async refusal(target: Target, args: readonly string[]): Promise<string> {
    const all = ['-display', 'none', '-nodefaults', ...args];
    const [qemu, ours] = await Promise.all([
      runCommand(`qemu-system-${target}`, all),
      runProgram(all, ourName(target)),
    ]);
    const said = (stderr: string) => stderr.replaceAll(/^(qemu|qmpsim)-system-\w+: /gm, '');
    assert.equal(said(ours.stderr), said(qemu.stderr), args.join(' '));
    assert.equal(ours.status, qemu.status);
    return said(ours.stderr).trim();
  }

  /** A line of the human monitor is answered alike. */
  async sameText(line: string): Promise<void> {
    const [expected, actual] = await Promise.all([say(this.qemu, line), say(this.ours, line)]);
    assert.equal(actual, expected, line);
  }

  /** A command is answered alike, be it with an error. @returns what both answered */
  async sameReply<Name extends CommandName>(name: Name, args?: Arguments<Name>): Promise<unknown> {
    const [expected, actual] = await Promise.all([
      answer(this.qemu, name, args),
      answer(this.ours, name, args),
    ]);
    assert.deepEqual(actual, expected, `${name} ${JSON.stringify(args)}`);
    return actual;
  }

  /** Both announce the same. */
  async sameEvent(name: EventName): Promise<unknown> {
    const [expected, actual] = await Promise.all([this.qemu.qmp.event(name), this.ours.qmp.event(name)]);
    assert.deepEqual(actual, expected);
    return actual.data;
  }

  async stop(): Promise<void> {
    await Promise.all([this.qemu.stop(), this.ours.stop()]);
  }
}

/** What lists properties in the order of QEMU's hash tables. */
const IN_HASH_ORDER: ReadonlySet<string> = new Set([
  'qom-list',
  'qom-list-properties',
  'device-list-properties',
]);

function ourName(target: Target): ProgramName {
  return `qmpsim-system-${target}`;
}

async function answer<Name extends CommandName>(
  { qmp }: RunningProgram,
  name: Name,
  args: Arguments<Name> | undefined,
): Promise<unknown> {
  try {
    const reply: unknown = await qmp.execute(name, args);
    return IN_HASH_ORDER.has(name) && Array.isArray(reply) ? byName(reply) : reply;
  } catch (error) {
    if (error instanceof CommandError) return { class: error.errorClass, desc: error.desc };
    throw error;
  }
}

async function say({ qmp }: RunningProgram, line: string): Promise<string> {
  const text = await qmp.execute('human-monitor-command', { 'command-line': line });
  if (line.startsWith('info mtree')) return sortedSpaces(text);
  // Properties come in the order of QEMU's hash tables, some of which differ from run to run.
  return line.startsWith('qom-list') ? text.split('\r\n').sort().join('\n') : text;
}
