import type { Commands } from '../generated/commands.ts';
import type { Machine } from '../machine/machine.ts';
import type { Input } from './input.ts';
import type { NumberFormat } from './number-format.ts';
import type { Parameter, Reading } from './parameters.ts';

/** What the commands of a human monitor work on. */
export interface HmpEnvironment {
  readonly machine: Machine;
  /** QEMU's version, as in `7.2.22`. */
  readonly version: string;
  /** Executes a QMP command. Rejects with `QmpError`. */
  readonly execute: <Name extends keyof Commands>(
    name: Name,
    args?: Commands[Name]['arguments'],
  ) => Promise<Commands[Name]['returns']>;
  /** Makes a character device as `-chardev` does. Rejects with `QmpError`. */
  readonly addChardev: (id: string, options: Readonly<Record<string, string>>) => Promise<void>;
  /** How numbers were shown last, by whichever monitor. */
  readonly lastFormat: { -readonly [Part in keyof NumberFormat]: NumberFormat[Part] };
  /** Takes a line for the process's stderr. */
  readonly report: (line: string) => void;
}

/** What a monitor remembers from one command to the next. */
export interface MonitorState {
  /** Index of the processor that commands are about. */
  cpu: number;
}

/** One monitor, while it executes a command. */
export interface HmpSession extends HmpEnvironment {
  readonly state: MonitorState;
  print(text: string): void;
  /** Lines that were entered, oldest first; none where there is no line editor. */
  readonly history: readonly string[];
}

/** A command of the human monitor. */
export interface HmpCommand {
  /** Its names, e.g. `stop|s`. */
  readonly name: string;
  /** Arguments as `help` shows them. */
  readonly usage: string;
  readonly help: string;
  readonly subcommands?: readonly HmpCommand[];
  /** Legal before the machine exists (`--preconfig`). */
  readonly allowPreconfig?: boolean;
  /** Reads the arguments. @throws BadArguments */
  read(
    input: Input,
    reading: Omit<Reading, 'laterFlags' | 'command'>,
  ): (session: HmpSession) => void | Promise<void>;
  /** Words that the n-th argument (from 0) may be, for completion. */
  readonly complete?: ((environment: HmpEnvironment, argument: number) => Iterable<string>) | undefined;
}

type Parameters = Readonly<Record<string, Parameter<unknown>>>;
type Arguments<P extends Parameters> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

interface Definition<P extends Parameters> extends Omit<HmpCommand, 'read' | 'usage'> {
  readonly usage?: string;
  /** In the order in which they are written. */
  readonly parameters?: P;
  run(session: HmpSession, args: Arguments<P>): void | Promise<void>;
}

/** A command whose arguments are typed by its parameters. */
export function command<P extends Parameters = Record<never, never>>(definition: Definition<P>): HmpCommand {
  const { parameters, run, usage = '', ...rest } = definition;
  const list: readonly [string, Parameter<unknown>][] = Object.entries(parameters ?? {});
  return {
    ...rest,
    usage,
    read: (input, reading) => {
      const args: Record<string, unknown> = {};
      for (const [index, [name, parameter]] of list.entries()) {
        const laterFlags = list.slice(index + 1).flatMap(([, { flag }]) => flag ?? []);
        args[name] = parameter.read(input, { ...reading, command: definition.name, laterFlags });
      }
      // Each value was read by the parameter of that name.
      return session => run(session, args as Arguments<P>);
    },
  };
}

/** The command that goes by this name. */
export function findCommand(commands: readonly HmpCommand[], name: string): HmpCommand | undefined {
  return commands.find(each => each.name.split('|').includes(name));
}

/** Whether a command may be given now. */
export function isAvailable({ allowPreconfig }: HmpCommand, { machine }: HmpEnvironment): boolean {
  return machine.system.ready || allowPreconfig === true;
}
