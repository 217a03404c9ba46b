import assert from 'node:assert/strict';
import type { CommandName } from '../../src/generated/commands.ts';
import { introspection, introspectionOf } from '../../src/generated/introspection.ts';
import { Random } from '../differential/random.ts';
import { SchemaTexts } from '../differential/schema-texts.ts';
import { oddValue } from '../differential/values.ts';
import { type ProgramName, RunningProgram } from '../helpers/program.ts';
import { cases, SEED } from '../helpers/random.ts';
import { type Arguments, CommandError } from '../helpers/wire.ts';

const MACHINES: readonly (readonly [ProgramName, string])[] = [
  ['qmpsim-system-ppc64', '-accel tcg -smp 2,maxcpus=4 -m 1G,slots=4,maxmem=4G'],
  ['qmpsim-system-ppc64', '-accel kvm -host power9 -device vfio-pci,host=0030:01:00.0'],
  ['qmpsim-system-ppc64', '-M none'],
  ['qmpsim-system-x86_64', '-M pc -accel tcg -smp 2,maxcpus=4 -m 1G,slots=4,maxmem=4G'],
  ['qmpsim-system-x86_64', '-M q35 -accel tcg -device intel-iommu'],
  ['qmpsim-system-x86_64', '-M none'],
];
const { numRuns: COMMANDS } = cases(4000);

/** Share of the commands that must be done: were all refused, little would be tried. */
const LEAST_DONE = 0.2;

/** What ends a machine in good order, or keeps it from ending, and what leaves large files. */
const LEFT_OUT: readonly string[] = [
  ...['quit', 'qmp_capabilities', 'set-action', 'system_powerdown', 'memsave', 'pmemsave'],
  ...['trace-event-set-state', 'query-qmp-schema', 'x-host-fault-add'],
];
/** Character devices that take the program's own streams, or wait for somebody. */
const NO_BACKENDS: readonly unknown[] = ['stdio', 'socket', 'pty'];
const IDS = ['a', 'b', 'c', 'd'];
const WORDS = [
  ...['pci.0', 'a.0', 'usb.0', 'scsi.0', 'net0', '/machine', '/machine/peripheral/a', '0001:00:00.0', 'x'],
  ...['on', 'off', '1', '-1', '0x10', '64K', 'raw', 'null', 'user', 'file', '/dev/null', '/dev/null/x', ''],
  ...['realized', 'type', 'addr', 'host', 'bus', 'info qtree', 'info mtree', 'device_del a'],
];

/** A client that knows the schema and nothing else. */
class Stranger {
  readonly #properties = new Map<string, readonly string[]>();

  private constructor(
    private readonly program: RunningProgram,
    private readonly random: Random,
    private readonly commands: readonly CommandName[],
    private readonly types: readonly string[],
    private readonly texts: SchemaTexts,
  ) {}

  static async at(program: RunningProgram, random: Random): Promise<Stranger> {
    const { qmp } = program;
    const commands = (await qmp.execute('query-commands')).map(({ name }) => name as CommandName);
    const types = (await qmp.execute('qom-list-types', { implements: 'device' })).map(({ name }) => name);
    const { arch } = await qmp.execute('query-target');
    const schema = [
      ...introspection,
      ...(arch === 'ppc64' || arch === 'x86_64' ? introspectionOf[arch] : []),
    ];
    const words = [...IDS, ...WORDS, ...types];
    const texts = new SchemaTexts(random, schema, { words, isGiven: () => true });
    const wanted = commands.filter(name => !LEFT_OUT.includes(name));
    return new Stranger(program, random, wanted, types, texts);
  }

  /** @returns whether the command was done */
  async execute(): Promise<boolean> {
    const [name, args] = await this.#choose();
    if (NO_BACKENDS.includes(Object(args.backend).type)) return false;
    try {
      // They are of the command's types as often as not.
      await this.program.qmp.execute(name, args as Arguments<CommandName>);
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      assert.doesNotMatch(error.desc, /internal error/i, `${name} ${JSON.stringify(args)}`);
      return false;
    }
  }

  async #choose(): Promise<readonly [CommandName, Record<string, unknown>]> {
    const { random } = this;
    if (random.chance(0.3)) return ['device_add', await this.#device()];
    if (random.chance(0.15)) return ['device_del', { id: random.pick(IDS) }];
    const name = random.pick(this.commands);
    return [name, parsed(this.texts.argumentsOf(name))];
  }

  /** A device with some of its properties set to something. */
  async #device(): Promise<Record<string, unknown>> {
    const { random } = this;
    const driver = random.pick(this.types);
    const names = this.#properties.get(driver) ?? (await this.#propertiesOf(driver));
    this.#properties.set(driver, names);
    const chosen = names.filter(() => random.chance(2 / names.length));
    const properties = Object.fromEntries(chosen.map(name => [name, oddValue(random)]));
    return { driver, id: random.pick(IDS), ...parsed(properties) };
  }

  async #propertiesOf(typename: string): Promise<readonly string[]> {
    try {
      const properties = await this.program.qmp.execute('device-list-properties', { typename });
      return properties.map(({ name }) => name);
    } catch (error) {
      if (error instanceof CommandError) return [];
      throw error;
    }
  }
}

function parsed(texts: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, JSON.parse(text)]));
}

describe('any command, with any arguments', () => {
  for (const [index, [name, line]] of MACHINES.entries()) {
    it(`is answered, and the program goes on: ${name} ${line}`, async function () {
      this.timeout(300_000);
      const args = [...line.split(' '), '-no-shutdown', '-clock', 'virtual'];
      const program = await RunningProgram.start(args, name, true);
      try {
        const stranger = await Stranger.at(program, new Random(SEED + index));
        let done = 0;
        for (let count = 0; count < COMMANDS; count++) if (await stranger.execute()) done++;
        assert.ok(done > COMMANDS * LEAST_DONE, `${done} of ${COMMANDS} commands were done`);
        await program.qmp.execute('query-status');
      } finally {
        const { stderr } = await program.stop();
        assert.doesNotMatch(stderr, /internal error/i);
      }
    });
  }
});
