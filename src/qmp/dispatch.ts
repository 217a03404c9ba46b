import { QmpError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import type { ArgumentError } from '../generated/validators.js';
import { argumentError } from './argument-errors.ts';

/** What the schema says about commands, as the generated `Commands` does: the constraint of a table of commands. */
export type CommandMap<Map> = {
  readonly [Name in keyof Map]: { readonly arguments: unknown; readonly returns: unknown };
};

/** Executes one command; what it throws is the client's error. */
export type Handler<Context, Shape extends { readonly arguments: unknown; readonly returns: unknown }> = (
  context: Context,
  args: Shape['arguments'],
) => Shape['returns'] | Promise<Shape['returns']>;

/** The table of commands: each handler must agree with the schema's types, or it does not compile. */
export type Handlers<Context, Map extends CommandMap<Map>> = {
  readonly [Name in keyof Map]?: Handler<Context, Map[Name]>;
};

/** A compiled validator of the arguments of one command, as `validators.js` has them. */
export interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly ArgumentError[] | null;
}

/** What a command may do besides being executed in its turn. */
export interface CommandTraits {
  readonly allowOob?: boolean;
  /** Legal before the machine exists (`--preconfig`). */
  readonly allowPreconfig?: boolean;
}

export interface DispatcherOptions<Context, Map extends CommandMap<Map>> {
  readonly handlers: Handlers<Context, Map>;
  /** By command name; a command without one takes any arguments. */
  readonly validators: { readonly [name: string]: Validator | undefined };
  /** By command name, as `commandInfo` of `commands.ts` has them. */
  readonly traits?: { readonly [name: string]: CommandTraits | undefined };
  /** Refuses a command that is not legal now, by throwing a `QmpError`. */
  readonly admit?: (context: Context, name: string, traits: CommandTraits) => void;
}

interface Entry<Context> {
  readonly name: string;
  readonly traits: CommandTraits;
  readonly validator: Validator | undefined;
  readonly run: (context: Context, args: unknown) => unknown;
}

const NO_ARGUMENTS: JsonObject = Object.freeze({});
const NO_TRAITS: CommandTraits = Object.freeze({});

/** The one table of commands, used by every monitor and, without a wire, by the library. */
export class Dispatcher<Context, Map extends CommandMap<Map>> {
  readonly #entries: ReadonlyMap<string, Entry<Context>>;
  /** Where the order of an object's members decides what is reported. */
  readonly #order = new MemberOrder();
  readonly #admit: ((context: Context, name: string, traits: CommandTraits) => void) | undefined;

  constructor(options: DispatcherOptions<Context, Map>) {
    const { handlers, validators, traits = {} } = options;
    this.#admit = options.admit;
    const table: [string, Handler<Context, Map[keyof Map]> | undefined][] = Object.entries(handlers);
    const entries: [string, Entry<Context>][] = [];
    for (const [name, handler] of table) {
      if (handler === undefined) continue;
      entries.push([
        name,
        {
          name,
          traits: traits[name] ?? NO_TRAITS,
          validator: Object.hasOwn(validators, name) ? validators[name] : undefined,
          // The validated edge: behind it, arguments have the types that the schema says.
          run: (context, args) => handler(context, args as Map[keyof Map]['arguments']),
        },
      ]);
    }
    this.#entries = new globalThis.Map(entries);
  }

  /** Names of all commands, in the table's order. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /**
   * Executes a command that came as JSON. The result, or the promise of it, is undefined for a command that
   * returns nothing. Throws (or rejects with) `QmpError` for what the client did wrong or the machine refuses;
   * whatever else a handler throws goes through.
   */
  invoke(context: Context, name: string, args: JsonObject | undefined, outOfBand = false): unknown {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw commandNotFound(name);
    if (outOfBand && entry.traits.allowOob !== true) {
      throw new QmpError(`The command ${name} does not support OOB`);
    }
    this.#admit?.(context, name, entry.traits);
    const given = args ?? NO_ARGUMENTS;
    this.#validate(entry.validator, given);
    return entry.run(context, given);
  }

  /** Checks arguments only; throws `QmpError`. */
  check(name: string, args: JsonObject | undefined): void {
    this.#validate(this.#entries.get(name)?.validator, args ?? NO_ARGUMENTS);
  }

  /** Executes a command in process. `args` are checked as if they came over a wire. */
  async execute<Name extends keyof Map & string>(
    context: Context,
    name: Name,
    args?: Map[Name]['arguments'],
  ): Promise<Map[Name]['returns']> {
    // Arguments of the schema's types are JSON, and the results of the table's handlers are of the schema's types.
    return (await this.invoke(context, name, args as JsonObject | undefined)) as Map[Name]['returns'];
  }

  #validate(validator: Validator | undefined, args: JsonObject): void {
    if (validator === undefined || validator(args)) return;
    throw argumentError(validator.errors ?? [], args, this.#order);
  }
}

export function commandNotFound(name: string): QmpError {
  return new QmpError(`The command ${name} has not been found`, 'CommandNotFound');
}
