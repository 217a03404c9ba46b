import { QmpError } from '../base/errors.ts';
import type { LogFile } from './log-file.ts';

/** One peer's end of a character device. */
export interface Connection {
  /** Sends text, each character a byte. False if much of it still waits to be taken: `drained` follows. */
  write(text: string): boolean;
  /** Bytes that the peer has not taken yet. */
  readonly backlog: number;
  /** Stops reading from the peer. */
  pause(): void;
  resume(): void;
  /** Closes the connection when the peer has taken everything. */
  end(): void;
  /** Closes the connection now. */
  destroy(): void;
}

/** What is done with one connection. */
export interface ConnectionHandler {
  receive(chunk: Uint8Array): void;
  /** The peer has taken all output, after a `write` that was answered with false. */
  drained(): void;
  /** The connection is gone; nothing else follows. */
  closed(): void;
  /** Of several frontends that share the peer, this one has become the one that hears it, or is no longer. */
  focused?(isFocused: boolean): void;
}

/** What uses a character device: a monitor, a serial port, … */
export interface Frontend {
  /** A peer is there. */
  opened(connection: Connection): ConnectionHandler;
  /** False while nobody is behind it that would hear or speak; true by default. */
  readonly isOpen?: boolean;
  /** A terminal shall be as usual: it shows what is typed, and passes it on line by line. */
  readonly wantsLines?: boolean;
  /** It goes on with another device if this one is replaced. */
  readonly canMove?: boolean;
}

/** A source and sink of bytes with an id, for at most one frontend, which has at most one peer at a time. */
export abstract class Chardev {
  /** Who uses the device, and the same with what it writes copied. */
  #user: Frontend | undefined;
  #frontend: Frontend | undefined;
  #log: LogFile | undefined;

  constructor(readonly id: string) {}

  /** The kind of device, as `-chardev` names it. */
  abstract readonly backend: string;

  /** What it is and to whom it is connected, as `query-chardev` shows it. */
  abstract get filename(): string;

  /** False while the machine should not be made yet: with `wait=on`, until the first client is there. */
  get isReady(): boolean {
    return true;
  }

  /** Resolves when the device {@link isReady}. */
  ready(): Promise<void> {
    return Promise.resolve();
  }

  get frontend(): Frontend | undefined {
    return this.#frontend;
  }

  /** Who would go on with another device in place of this one. */
  get movableUser(): Frontend | undefined {
    return this.#user?.canMove === true ? this.#user : undefined;
  }

  /** Somebody is at the other end, as far as one can tell. */
  get isConnected(): boolean {
    return true;
  }

  /** Something that hears and speaks uses the device. */
  get isOpen(): boolean {
    return this.#frontend !== undefined && (this.#frontend.isOpen ?? true);
  }

  /** Something uses the device, so that it can't be removed. */
  get isBusy(): boolean {
    return this.#frontend !== undefined;
  }

  /** Gives the device to a frontend. A peer that is there already is announced before this returns. */
  attach(frontend: Frontend): void {
    if (this.isBusy) throw new QmpError(`Device '${this.id}' is in use`);
    const log = this.#log;
    this.#user = frontend;
    this.#frontend =
      log === undefined
        ? frontend
        : {
            get isOpen() {
              return frontend.isOpen ?? true;
            },
            wantsLines: frontend.wantsLines ?? false,
            opened: connection => frontend.opened(log.copying(connection)),
          };
    this.attached(this.#frontend);
  }

  /** All that uses the device from the start is there. */
  settle(): void {}

  /** The same for one that comes second wherever a device is shared. */
  attachBehind(frontend: Frontend): void {
    this.attach(frontend);
  }

  /** Copies what frontends write from now on. */
  logTo(log: LogFile): void {
    this.#log = log;
  }

  /** Takes the device away from a frontend that is done with it. */
  detach(frontend: Frontend): void {
    if (this.#user === frontend) this.#user = this.#frontend = undefined;
  }

  /** Breaks the connection, if it can hang; whoever waits for the peer goes on. */
  yank?(): void;

  /** Sends a serial break to the peer; most know of none. */
  sendBreak(): void {}

  /** Ends all connections and gives back what the device holds, at once. */
  close(): void {
    this.#log?.close();
  }

  protected attached(_frontend: Frontend): void {}
}
