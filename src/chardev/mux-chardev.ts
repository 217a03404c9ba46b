import { QmpError } from '../base/errors.ts';
import { Chardev, type Connection, type ConnectionHandler, type Frontend } from './chardev.ts';

const MAX_FRONTENDS = 4;

/** Control-A: the key that is for the multiplexer itself. */
const ESCAPE = 0x01;

const HELP = [
  '\n\rC-a h    print this help',
  'C-a x    exit emulator',
  'C-a s    save disk data back to file (if -snapshot)',
  'C-a t    toggle console timestamps',
  'C-a b    send break (magic sysrq)',
  'C-a c    switch between console and monitor',
  'C-a C-a  sends C-a\n\r',
].join('\n\r');

/**
 * Lets several frontends share a device: all are heard, one hears. Control-A and `c` makes the next one hear,
 * other letters do what the help says.
 */
export class MuxChardev extends Chardev implements Frontend {
  readonly backend = 'mux';
  readonly #seats: Seat[] = [];
  #connection: Connection | undefined;
  #focus: Seat | undefined;
  #escaped = false;

  /** @param terminate ends the process. Throws `QmpError` if the device is in use. */
  constructor(
    id: string,
    base: Chardev,
    private readonly terminate: () => void,
  ) {
    super(id);
    base.attach(this);
  }

  override get filename(): string {
    return 'mux';
  }

  override get isOpen(): boolean {
    return this.#seats.length > 0;
  }

  /** Once made, it stays. */
  override get isBusy(): boolean {
    return true;
  }

  /** The last one to come hears first. Throws `QmpError` if there are too many. */
  override attach(frontend: Frontend): void {
    if (this.#seats.length >= MAX_FRONTENDS) {
      const limit = `(maximum is ${MAX_FRONTENDS})`;
      throw new QmpError(`too many uses of multiplexed chardev '${this.id}' ${limit}`);
    }
    const seat = new Seat(frontend);
    this.#seats.push(seat);
    this.#focus = seat;
    seat.isSeen = true;
    if (this.#connection !== undefined) seat.open(this.#connection);
  }

  /** Takes a frontend that neither hears nor speaks before its turn comes, by the key or for lack of others. */
  override attachBehind(frontend: Frontend): void {
    this.#seats.unshift(new Seat(frontend));
  }

  override settle(): void {
    if (this.#focus === undefined) this.#setFocus(this.#nextSeat());
  }

  opened(connection: Connection): ConnectionHandler {
    this.#connection = connection;
    for (const seat of this.#seats) if (seat.isSeen || seat === this.#focus) seat.open(connection);
    return {
      receive: chunk => this.#receive(chunk),
      drained: () => {
        for (const seat of this.#seats) seat.handler?.drained();
      },
      closed: () => {
        this.#connection = undefined;
        for (const seat of this.#seats) seat.close();
      },
    };
  }

  /** Bytes for the frontend that hears, with the keys for the multiplexer taken out. */
  #receive(chunk: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#escaped) {
        this.#escaped = false;
        start = at + 1;
        this.#key(byte);
      } else if (byte === ESCAPE) {
        this.#pass(chunk.subarray(start, at));
        this.#escaped = true;
        start = at + 1;
      }
    }
    this.#pass(chunk.subarray(start));
  }

  #pass(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#focus?.handler?.receive(bytes);
  }

  #key(byte: number): void {
    switch (String.fromCharCode(byte)) {
      case 'h':
      case '?':
        this.#connection?.write(HELP);
        break;
      case 'x':
        this.#connection?.write('QEMU: Terminated\n\r');
        this.terminate();
        break;
      case 'c':
        this.#setFocus(this.#nextSeat());
        break;
      case '\x01':
        this.#pass(Uint8Array.of(ESCAPE));
        break;
    }
  }

  #nextSeat(): Seat | undefined {
    const current = this.#focus === undefined ? -1 : this.#seats.indexOf(this.#focus);
    return this.#seats[(current + 1) % this.#seats.length];
  }

  #setFocus(seat: Seat | undefined): void {
    this.#focus?.handler?.focused?.(false);
    this.#focus = seat;
    // What the one before did not want to read now is for another.
    this.#connection?.resume();
    if (seat === undefined || seat.isSeen) seat?.handler?.focused?.(true);
    else {
      seat.isSeen = true;
      if (this.#connection !== undefined) seat.open(this.#connection);
    }
  }
}

/** One frontend, with its part in the one connection. */
class Seat {
  handler: ConnectionHandler | undefined;
  /** Whether it has been told of a connection, or is to be told of the next. */
  isSeen = false;

  constructor(private readonly frontend: Frontend) {}

  open(connection: Connection): void {
    this.handler = this.frontend.opened(connection);
  }

  close(): void {
    const { handler } = this;
    this.handler = undefined;
    handler?.closed();
  }
}
