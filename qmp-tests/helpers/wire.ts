import type { JsonValue } from '../../src/base/json.ts';
import type { Commands } from '../../src/generated/commands.ts';
import type { Events } from '../../src/generated/events.ts';

/** What `JSON.parse` makes of a value that was sent: every integer is a number, nothing is an empty object. */
export type Wire<T> = JsonValue extends T
  ? unknown
  : T extends undefined
    ? T
    : T extends void
      ? Record<string, never>
      : T extends bigint
        ? number
        : T extends object
          ? { readonly [Key in keyof T]: Wire<T[Key]> }
          : T;

export type CommandName = keyof Commands;
export type Arguments<Name extends CommandName> = Commands[Name]['arguments'];
/** By command. */
type WireReturns = { readonly [Name in CommandName]: Wire<Commands[Name]['returns']> };
export type Returns<Name extends CommandName> = WireReturns[Name];

export type EventName = keyof Events;

/** Events as a client sees them, without their time, by name. */
type SeenEvents = {
  readonly [Name in EventName]: { readonly event: Name; readonly data: Wire<Events[Name]> };
};
export type SeenEvent<Name extends EventName = EventName> = SeenEvents[Name];

/** A command was answered with an error. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly command: string,
    readonly errorClass: string,
    readonly desc: string,
  ) {
    super(`${command}: ${desc}`);
  }
}

/** A machine as a test sees it, be it behind a socket or in process. */
export interface Qmp {
  /** @throws CommandError (rejects) */
  execute<Name extends CommandName>(name: Name, args?: Arguments<Name>): Promise<Returns<Name>>;
  /** The next event of this name that was not asked for yet; waits for it. */
  event<Name extends EventName>(name: Name): Promise<SeenEvent<Name>>;
}

/** The text of the error that a command is answered with. @throws if it is answered otherwise */
export async function refusal<Name extends CommandName>(
  qmp: Qmp,
  name: Name,
  args?: Arguments<Name>,
): Promise<string> {
  try {
    await qmp.execute(name, args);
  } catch (error) {
    if (error instanceof CommandError) return error.desc;
    throw error;
  }
  throw new Error(`${name} was not refused`);
}

/** A value as it would be after a journey over the wire. */
export function overTheWire(value: unknown): unknown {
  const text = JSON.stringify(value ?? {}, (_key, member: unknown) =>
    typeof member === 'bigint' ? Number(member) : member,
  );
  return JSON.parse(text);
}
