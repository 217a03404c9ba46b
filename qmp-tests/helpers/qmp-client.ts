import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { EventQueue } from './event-queue.ts';
import {
  type Arguments,
  CommandError,
  type CommandName,
  type EventName,
  type Qmp,
  type Returns,
  type SeenEvent,
} from './wire.ts';

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly id?: number;
}

interface Pending {
  readonly name: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A plain QMP client: what a test harness in some other language would be. */
export class QmpClient implements Qmp {
  readonly #events = new EventQueue();
  readonly #pending = new Map<number, Pending>();
  readonly #socket: Socket;
  #nextId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => this.#disconnected());
  }

  /** Takes a connection on which a server is about to speak, and negotiates. */
  static async negotiate(socket: Socket): Promise<QmpClient> {
    const client = new QmpClient(socket);
    const lines = createInterface({ input: socket });
    await new Promise<void>((resolve, reject) => {
      lines.once('line', () => resolve());
      lines.once('close', () => reject(new Error('no greeting')));
    });
    lines.on('line', line => client.#take(JSON.parse(line)));
    await client.execute('qmp_capabilities');
    return client;
  }

  execute<Name extends CommandName>(name: Name, args?: Arguments<Name>): Promise<Returns<Name>> {
    const id = this.#nextId++;
    const request = args === undefined ? { execute: name, id } : { execute: name, arguments: args, id };
    return new Promise((resolve, reject) => {
      // The edge to the wire: the server promises what its schema says.
      this.#pending.set(id, { name, resolve: value => resolve(value as Returns<Name>), reject });
      this.#socket.write(exactJson(request));
    });
  }

  event<Name extends EventName>(name: Name): Promise<SeenEvent<Name>> {
    return this.#events.take(name);
  }

  /** Every event so far that was not asked for. */
  drainEvents(): readonly SeenEvent[] {
    return this.#events.drain();
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(message: Reply | (SeenEvent & { readonly timestamp: unknown })): void {
    if ('event' in message) {
      const { timestamp: _, ...event } = message;
      this.#events.push(event);
      return;
    }
    const pending = this.#pending.get(message.id ?? -1);
    if (pending === undefined) return;
    this.#pending.delete(message.id ?? -1);
    if (message.error === undefined) pending.resolve(message.return);
    else pending.reject(new CommandError(pending.name, message.error.class, message.error.desc));
  }

  #disconnected(): void {
    const reason = new Error('the server has closed the connection');
    this.#events.close(reason);
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }
}

/** JSON in which every integer has all of its digits: JavaScript writes 2^59 as 576460752303423500. */
function exactJson(value: object): string {
  const marked = JSON.stringify(value, (_key, member: unknown) => {
    const isInexact = typeof member === 'number' && Number.isInteger(member) && !Number.isSafeInteger(member);
    return typeof member === 'bigint' || isInexact ? `integer ${BigInt(member)}` : member;
  });
  return marked.replaceAll(/"integer (-?\d+)"/g, '$1');
}
