import assert from 'node:assert/strict';
import { Emulator } from './emulator.ts';
import { contrast } from './messages.ts';
import { isQemuInstalled, ourProgram } from './programs.ts';
import { type Files, Twins } from './twins.ts';

export type Target = 'ppc64' | 'x86_64';

/** A line for the human monitor, or a QMP command with its arguments. */
export type Question = string | readonly [command: string, args?: object];

export interface Setting {
  readonly target?: Target;
  /** Beyond an accelerator and no display. */
  readonly args: readonly string[];
  /** What both find in the folders they run in. */
  readonly files?: Files;
}

const COMMON = ['-accel', 'tcg', '-display', 'none'];
/** Names that QEMU makes up, and numbers at random. */
const MADE_UP_NAMES = /#(block|net)\d+/g;

/** Asks QEMU and us the same, one thing after the other; fails at the first that is answered differently. */
export async function askBoth(
  test: Mocha.Context,
  { target = 'ppc64', args, files = {} }: Setting,
  questions: readonly Question[],
): Promise<void> {
  const { qemu, ours } = programs(test, target);
  const twins = await Twins.start([...COMMON, '-S', ...args], qemu, ours, files);
  try {
    await twins.send('{"execute":"qmp_capabilities"}\n');
    for (const question of questions) {
      const { differs } = await twins.send(`${messageOf(question)}\n`);
      assert(!twins.qemuIsGone, `QEMU ends at ${messageOf(question)}`);
      const [theirs = [], own = []] = [differs?.qemu, differs?.ours].map(lines => lines?.map(comparable));
      if (theirs.join('\n') !== own.join('\n'))
        assert.fail([messageOf(question), ...contrastOf(theirs, own)].join('\n'));
    }
  } finally {
    await twins.stop();
  }
}

/** Starts QEMU and us with a command line that neither can follow, and compares what they say about it. */
export async function refuseBoth(test: Mocha.Context, setting: Setting): Promise<void> {
  const { qemu, ours } = programs(test, setting.target ?? 'ppc64');
  const [expected, actual] = await Promise.all([lastWords(qemu, setting), lastWords(ours, setting)]);
  assert.equal(actual, expected);
}

function programs(test: Mocha.Context, target: Target) {
  const qemu = `qemu-system-${target}`;
  if (!isQemuInstalled(qemu)) {
    assert.notEqual(process.env.QMPSIM_REQUIRE, '1', `${qemu} is not installed`);
    test.skip();
  }
  return { qemu, ours: ourProgram(`qmpsim-system-${target}`) };
}

function messageOf(question: Question): string {
  if (typeof question === 'string') return messageOf(['human-monitor-command', { 'command-line': question }]);
  const [execute, args] = question;
  return JSON.stringify(args === undefined ? { execute } : { execute, arguments: args });
}

/** What can be compared, line by line: texts of the human monitor are such lines already. */
function comparable(message: string): string {
  const text = message.replaceAll(MADE_UP_NAMES, '#$1').replaceAll(String.raw`\r\n`, '\n');
  return text.includes('address-space: ') ? sortedSpaces(text) : text;
}

/** Address spaces, and the regions that they share, come in an order that changes from run to run. */
function sortedSpaces(text: string): string {
  const [, before = '', spaces = '', after = ''] = /^(\{"return":")(.*)("\})$/s.exec(text) ?? [];
  return `${before}\n${spaces.split('\n\n').sort().join('\n\n')}\n${after}`;
}

function contrastOf(theirs: readonly string[], ours: readonly string[]): readonly string[] {
  const count = Math.max(theirs.length, ours.length);
  return Array.from({ length: count }, (_, index) =>
    contrastMessages(theirs[index] ?? '', ours[index] ?? ''),
  ).flat();
}

function contrastMessages(their: string, our: string): readonly string[] {
  if (!their.includes('\n') || !our.includes('\n')) return contrast(their, our);
  const [theirLines, ourLines] = [their.split('\n'), our.split('\n')];
  return [
    ...theirLines.filter(line => !ourLines.includes(line)).map(line => `QEMU: ${line}`),
    ...ourLines.filter(line => !theirLines.includes(line)).map(line => `ours: ${line}`),
  ];
}

async function lastWords(program: string, { args, files = {} }: Setting): Promise<string> {
  const emulator = new Emulator(program, [...COMMON, '-S', '-qmp', 'null', ...args], files);
  const timeout = setTimeout(() => emulator.signal('SIGKILL'), START_PATIENCE);
  const { status, stderr } = await emulator.ended;
  clearTimeout(timeout);
  await emulator.stop();
  const said = stderr.split('\n').filter(line => !line.includes("TCG doesn't support requested feature"));
  return [`exit ${status}`, ...said.map(line => line.replace(/^\S+-system-\w+: /, ''))].join('\n');
}

const START_PATIENCE = 10_000;
