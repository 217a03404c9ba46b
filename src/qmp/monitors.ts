import type { Clock } from '../base/clock.ts';
import type { HardwareError } from '../base/errors.ts';
import type { Chardev, Connection, ConnectionHandler, Frontend } from '../chardev/chardev.ts';
import type { CommandMap, Dispatcher } from './dispatch.ts';
import { EventThrottle } from './event-throttle.ts';
import { JsonWriter } from './json-writer.ts';
import { Session } from './session.ts';

/** Bytes of events and replies that may wait for a client that does not read, before it is disconnected. */
const MAX_BACKLOG = 64 * 1024 * 1024;

export interface MonitorSetOptions<Context, Map extends CommandMap<Map>> {
  readonly dispatcher: Dispatcher<Context, Map>;
  /** What `query-version` returns. */
  readonly version: unknown;
  readonly clock: Clock;
  /** Takes a line for stderr. */
  readonly log: (line: string) => void;
  /** The machine cannot go on. */
  readonly hardwareError: (error: HardwareError) => void;
  /** Runs the callback after others had a turn; `setImmediate` by default. */
  readonly defer?: (callback: () => void) => void;
}

/** All QMP monitors of a machine: each has its own client, events go to all. */
export class MonitorSet<Context, Map extends CommandMap<Map>> {
  readonly #options: MonitorSetOptions<Context, Map>;
  readonly #writer = new JsonWriter();
  readonly #throttle: EventThrottle;
  readonly #clients = new Set<Client<Context, Map>>();
  /** What handlers are called with, once there is something to work on. */
  #context: { readonly value: Context } | undefined;
  #closed = false;

  constructor(options: MonitorSetOptions<Context, Map>) {
    this.#options = options;
    this.#throttle = new EventThrottle(options.clock);
  }

  /** Makes a character device a monitor: whoever connects to it is greeted. Throws `QmpError` if it is in use. */
  add(chardev: Chardev, { pretty = false }: { readonly pretty?: boolean } = {}): void {
    const frontend: Frontend = {
      wantsLines: true,
      opened: connection => this.#opened(connection, pretty),
    };
    chardev.attach(frontend);
  }

  /** Executes commands from now on; before, clients are greeted and wait. */
  open(context: Context): void {
    this.#context = { value: context };
    for (const { session } of this.#clients) session.begin(context);
  }

  /**
   * Sends an event to every client that has negotiated; a listener for an `EventHub`.
   *
   * @param data undefined for an event without any
   * @param timestamp microseconds since the Unix epoch
   */
  readonly sendEvent = (event: string, data: unknown, timestamp: number): void => {
    this.#throttle.submit(event, data, () => this.#broadcast(event, data, timestamp));
  };

  /**
   * Ends all conversations: replies and events so far are still sent, with the reply to the command that causes
   * this; other commands are not executed any more, and whoever comes later is sent away.
   */
  close(): void {
    this.#closed = true;
    for (const { session } of this.#clients) session.close();
  }

  #opened(connection: Connection, pretty: boolean): ConnectionHandler {
    const { dispatcher, version, clock, log, hardwareError, defer = setImmediate } = this.#options;
    const session = new Session({
      dispatcher,
      output: connection,
      owner: {
        hardwareError,
        internalError: (error, command) => {
          log(`internal error in '${command}': ${error instanceof Error ? error.stack : String(error)}`);
        },
      },
      writer: this.#writer,
      version,
      pretty,
      clock,
      defer,
    });
    const client = { session, connection };
    this.#clients.add(client);
    if (this.#context !== undefined) session.begin(this.#context.value);
    if (this.#closed) session.close();
    return {
      receive: chunk => session.receive(chunk),
      drained: () => session.drained(),
      closed: () => {
        this.#clients.delete(client);
        session.disconnected();
      },
    };
  }

  #broadcast(event: string, data: unknown, micros: number): void {
    if (this.#clients.size === 0) return;
    const timestamp = { seconds: Math.floor(micros / 1e6), microseconds: micros % 1e6 };
    const message = data === undefined ? { timestamp, event } : { timestamp, event, data };
    const line = `${this.#writer.compact(message)}\r\n`;
    for (const { session, connection } of this.#clients) {
      session.sendEvent(message, line);
      if (connection.backlog <= MAX_BACKLOG) continue;
      this.#options.log('a QMP client that does not read its events is disconnected');
      connection.destroy();
    }
  }
}

interface Client<Context, Map extends CommandMap<Map>> {
  readonly session: Session<Context, Map>;
  readonly connection: Connection;
}
