import { connect as connectSocket } from 'node:net';
import { type ErrorClass, QmpError } from '../base/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { CommandName, Commands } from '../generated/commands.ts';
import type { EventName, Events } from '../generated/events.ts';
import type { VersionInfo } from '../generated/types.ts';
import { parseAddress } from './address.ts';
import { JsonConnection } from './connection.ts';

/** An event as it came; of those that the schema has, the data's type is known. */
export type QmpEvent<Name extends EventName = EventName> = {
  readonly [N in Name]: { readonly event: N; readonly data: Events[N]; readonly timestamp: EventTime };
}[Name];

/** Time of day at the server. */
export interface EventTime {
  readonly seconds: number;
  readonly microseconds: number;
}

/** Events that are kept for `event`; older ones are forgotten. */
const KEPT_EVENTS = 1024;

/** The server has gone; what was asked of it was not answered. */
export class DisconnectedError extends Error {
  override readonly name = 'DisconnectedError';
}

interface Pending {
  readonly resolve: (value: JsonValue) => void;
  readonly reject: (error: Error) => void;
}

interface EventWaiter extends Pending {
  readonly matches: (event: JsonObject) => boolean;
}

/**
 * Connects to a QMP server, qmpsim's or QEMU's, and negotiates.
 *
 * @param address `unix:PATH`, `tcp:HOST:PORT`, `HOST:PORT` or a path
 * @throws Error as `node:net` has it where nobody listens, `DisconnectedError` where the server hangs up
 */
export async function connect(address: string): Promise<QmpClient> {
  const client = new QmpClient(address);
  try {
    await client.negotiate();
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A conversation with a QMP server; see `connect`. Commands and events have the types of the schema. */
export class QmpClient {
  readonly #connection: JsonConnection;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(message: JsonObject) => void>();
  readonly #events: JsonObject[] = [];
  readonly #waiters: EventWaiter[] = [];
  readonly #greeted: Promise<JsonValue>;
  #greet: (greeting: JsonValue) => void = () => {};
  #refuse: (reason: Error) => void = () => {};
  #lastId = 0;
  #version: VersionInfo | undefined;
  #gone: Error | undefined;
  readonly #closed: Promise<void>;

  /** For `connect`. */
  constructor(address: string) {
    this.#greeted = new Promise((resolve, reject) => {
      this.#greet = resolve;
      this.#refuse = reject;
    });
    let closed: () => void = () => {};
    this.#closed = new Promise(resolve => {
      closed = resolve;
    });
    this.#connection = new JsonConnection(
      connectSocket(parseAddress(address)),
      message => this.#receive(message),
      reason => {
        this.#end(reason ?? new DisconnectedError('the server closed the connection'));
        closed();
      },
    );
  }

  /** For `connect`: waits for the greeting, and answers it. */
  async negotiate(): Promise<void> {
    const greeting = await this.#greeted;
    // The validated edge: whoever greets like this speaks QMP.
    this.#version = (greeting as { readonly version: VersionInfo }).version;
    await this.execute('qmp_capabilities');
  }

  /** What the greeting said of the server. */
  get version(): VersionInfo {
    if (this.#version === undefined) throw new Error('the server has not greeted yet');
    return this.#version;
  }

  /** Resolves when the connection has ended, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /**
   * Executes a command.
   * @throws QmpError with what the server answers, DisconnectedError if it does not
   */
  async execute<Name extends CommandName>(
    name: Name,
    args?: Commands[Name]['arguments'],
  ): Promise<Commands[Name]['returns']> {
    // A server's answers are of the schema's types; the arguments are, so they are JSON.
    return (await this.executeAny(name, args as JsonObject | undefined)) as Commands[Name]['returns'];
  }

  /** Executes a command that the schema may not know, such as one of QEMU's own. */
  executeAny(name: string, args?: JsonObject): Promise<JsonValue> {
    const gone = this.#gone;
    if (gone !== undefined) return Promise.reject(gone);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#connection.send({ execute: name, arguments: args, id });
      this.#pending.set(id, { resolve, reject });
    });
  }

  /**
   * The first event of this name that nobody has taken yet, also one that came before the call; else the
   * next one.
   */
  event<Name extends EventName>(
    name: Name,
    matches: (data: Events[Name]) => boolean = () => true,
  ): Promise<QmpEvent<Name>> {
    const fits = (event: JsonObject) => event.event === name && matches(event.data as Events[Name]);
    const place = this.#events.findIndex(fits);
    const [found] = place < 0 ? [] : this.#events.splice(place, 1);
    // As with commands: what is called so has the schema's type.
    if (found !== undefined) return Promise.resolve(found as unknown as QmpEvent<Name>);
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#waiters.push({
        matches: fits,
        resolve: event => resolve(event as unknown as QmpEvent<Name>),
        reject,
      });
    });
  }

  /** Calls `listener` with every event and every reply as they come, in the order of the wire. Returns what ends that. */
  onMessage(listener: (message: JsonObject) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the conversation; the server goes on. */
  close(): Promise<void> {
    this.#connection.close();
    return this.#closed;
  }

  #receive(message: JsonValue): void {
    if (!isJsonObject(message)) return;
    for (const listener of [...this.#listeners]) listener(message);
    if (message.QMP !== undefined) this.#greet(message.QMP);
    else if (typeof message.event === 'string') this.#receiveEvent(message);
    else this.#receiveReply(message);
  }

  #receiveEvent(event: JsonObject): void {
    const place = this.#waiters.findIndex(waiter => waiter.matches(event));
    const [waiter] = place < 0 ? [] : this.#waiters.splice(place, 1);
    if (waiter !== undefined) {
      waiter.resolve(event);
      return;
    }
    this.#events.push(event);
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
  }

  #receiveReply({ id, error, return: value }: JsonObject): void {
    const pending = typeof id === 'number' ? this.#pending.get(id) : undefined;
    if (typeof id !== 'number' || pending === undefined) return;
    this.#pending.delete(id);
    if (isJsonObject(error)) pending.reject(new QmpError(String(error.desc), error.class as ErrorClass));
    else pending.resolve(value ?? {});
  }

  #end(reason: Error): void {
    this.#gone = reason;
    this.#refuse(reason);
    for (const pending of [...this.#pending.values(), ...this.#waiters.splice(0)]) pending.reject(reason);
    this.#pending.clear();
  }
}
