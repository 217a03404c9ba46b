import { QmpError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import type { ArgumentError } from '../generated/validator.ts';
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

/** A compiled validator of the arguments of one command, as those in `generated/validators/`. */
export interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly ArgumentError[] | null;
}

/** What a command may do besides being executed in its turn. */
export interface CommandTraits {
  readonly allowOob?: boolean;
  /** Legal before the machine exists (`--preconfig`). */
  readonly allowPreconfig?: boolean;
  /** The only architecture of processors that has it. */
  readonly target?: string;
}

/** What one document of the schema describes, made to work. */
export interface CommandDocument<Context, Map extends CommandMap<Map>> {
  readonly handlers: Handlers<Context, Map>;
  /** By command name; a command without one takes any arguments. */
  readonly validators: { readonly [name: string]: Validator | undefined };
}

/** A document that is brought when one of its commands is called for the first time. */
export interface DeferredDocument<Context, Map extends CommandMap<Map>> {
  readonly names: readonly string[];
  /** @param context that of the command */
  load(context: Context): Promise<CommandDocument<Context, Map>>;
}

export interface DispatcherOptions<Context, Map extends CommandMap<Map>> {
  readonly documents: readonly CommandDocument<Context, Map>[];
  readonly deferred?: readonly DeferredDocument<Context, Map>[];
  /** By command name, as `commandInfo` of `commands.ts` has them. */
  readonly traits?: { readonly [name: string]: CommandTraits | undefined };
  /** Whether there is such a command at all, which may depend on the machine; true by default. */
  readonly exists?: (context: Context, traits: CommandTraits) => boolean;
  /** Refuses a command that is not legal now, by throwing a `QmpError`. */
  readonly admit?: (context: Context, name: string, traits: CommandTraits) => void;
}

/** A command that can be executed. */
interface Entry<Context> {
  readonly validator: Validator | undefined;
  readonly run: (context: Context, args: unknown) => unknown;
}

/** Brings what is missing; the same promise to all who ask. */
type Loader<Context> = (context: Context) => Promise<void>;

const NO_ARGUMENTS: JsonObject = Object.freeze({});
const NO_TRAITS: CommandTraits = Object.freeze({});

/** The one table of commands, used by every monitor and, without a wire, by the library. */
export class Dispatcher<Context, Map extends CommandMap<Map>> {
  readonly #entries = new globalThis.Map<string, Entry<Context> | Loader<Context>>();
  /** Where the order of an object's members decides what is reported. */
  readonly #order = new MemberOrder();
  readonly #options: DispatcherOptions<Context, Map>;
  /** What a command called for that others may have to wait behind. */
  #loading: Promise<void> | undefined;

  constructor(options: DispatcherOptions<Context, Map>) {
    this.#options = options;
    for (const document of options.documents) this.#add(document);
    for (const document of options.deferred ?? []) {
      let loaded: Promise<void> | undefined;
      const loader: Loader<Context> = context => {
        loaded ??= document.load(context).then(each => this.#add(each));
        this.#loading = loaded;
        return loaded;
      };
      for (const name of document.names) this.#entries.set(name, loader);
    }
  }

  #add({ handlers, validators }: CommandDocument<Context, Map>): void {
    const table: [string, Handler<Context, Map[keyof Map]> | undefined][] = Object.entries(handlers);
    for (const [name, handler] of table) {
      if (handler === undefined) continue;
      this.#entries.set(name, {
        validator: Object.hasOwn(validators, name) ? validators[name] : undefined,
        // The validated edge: behind it, arguments have the types that the schema says.
        run: (context, args) => handler(context, args as Map[keyof Map]['arguments']),
      });
    }
  }

  /** Names of the commands that there are, those of deferred documents last. */
  namesFor(context: Context): readonly string[] {
    const { traits = {}, exists } = this.#options;
    return [...this.#entries.keys()].filter(name => exists?.(context, traits[name] ?? NO_TRAITS) !== false);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /**
   * Executes a command that came as JSON. The result, or the promise of it, is undefined for a command that
   * returns nothing; the first command of a deferred document takes time. Throws (or rejects with) `QmpError` for what the client did wrong or the machine refuses;
   * whatever else a handler throws goes through.
   */
  invoke(context: Context, name: string, args: JsonObject | undefined, outOfBand = false): unknown {
    const entry = this.#entries.get(name);
    const { traits = {}, exists, admit } = this.#options;
    const own = traits[name] ?? NO_TRAITS;
    if (entry === undefined || exists?.(context, own) === false) throw commandNotFound(name);
    if (outOfBand && own.allowOob !== true) throw new QmpError(`The command ${name} does not support OOB`);
    admit?.(context, name, own);
    if (typeof entry === 'function')
      return entry(context).then(() => this.invoke(context, name, args, outOfBand));
    const given = args ?? NO_ARGUMENTS;
    this.#validate(entry.validator, given);
    return entry.run(context, given);
  }

  /** Checks the arguments of a command that is not deferred; throws `QmpError`. */
  check(name: string, args: JsonObject | undefined): void {
    const entry = this.#entries.get(name);
    if (typeof entry === 'object') this.#validate(entry.validator, args ?? NO_ARGUMENTS);
  }

  /**
   * Executes a command in process, after those that were called before. `args` are checked as if they came over
   * a wire.
   */
  async execute<Name extends keyof Map & string>(
    context: Context,
    name: Name,
    args?: Map[Name]['arguments'],
  ): Promise<Map[Name]['returns']> {
    if (this.#loading !== undefined) {
      await this.#loading;
      this.#loading = undefined;
    }
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
