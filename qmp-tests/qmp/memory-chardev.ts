import {
  Chardev,
  type Connection,
  type ConnectionHandler,
  type Frontend,
} from '../../src/chardev/chardev.ts';

/** A character device whose clients are objects in the same process. */
export class MemoryChardev extends Chardev {
  readonly backend = 'memory';
  readonly filename = 'memory';

  connect(): MemoryClient {
    const { frontend } = this;
    if (frontend === undefined) throw new Error('nobody uses the device');
    return new MemoryClient(frontend);
  }

  override close(): void {}
}

/** The client's end. It takes what it is sent at once, unless it `stalls`. */
export class MemoryClient implements Connection {
  readonly #handler: ConnectionHandler;
  readonly #received: Buffer[] = [];
  #stalled = '';
  #isStalled = false;
  isPaused = false;
  isEnded = false;
  /** Writes so far. */
  writes = 0;

  constructor(frontend: Frontend) {
    this.#handler = frontend.opened(this);
  }

  send(bytes: string | Uint8Array): void {
    this.#handler.receive(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  }

  /** What arrived since the last call. */
  take(): string {
    return Buffer.concat(this.#received.splice(0)).toString('latin1');
  }

  /** Stops taking what it is sent. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Takes all that waited, and goes on so. */
  relent(): void {
    this.#isStalled = false;
    this.#received.push(Buffer.from(this.#stalled, 'latin1'));
    this.#stalled = '';
    this.#handler.drained();
  }

  leave(): void {
    this.#handler.closed();
  }

  get backlog(): number {
    return this.#stalled.length;
  }

  write(text: string): boolean {
    this.writes++;
    if (this.#isStalled) this.#stalled += text;
    else this.#received.push(Buffer.from(text, 'latin1'));
    return !this.#isStalled;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.isEnded = true;
    this.#handler.closed();
  }
}
