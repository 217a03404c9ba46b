import { connect, type Socket } from 'node:net';

/** A client on a unix socket that only writes bytes and collects what comes back. */
export class Client {
  readonly #socket: Socket;
  #text = '';
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
      this.#wake?.();
    });
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', end);
    socket.on('close', end);
    // What is wrong with a connection shows as its end, as it does for every client.
    socket.on('error', end);
  }

  /** @throws Error with the system's code if nobody listens there */
  static connect(path: string): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path, allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Client(socket));
      });
    });
  }

  /** True once the other side has closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What has come and was not taken yet. */
  get pending(): string {
    return this.#text;
  }

  send(bytes: Uint8Array | string): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Takes all complete lines that have come, without their ends. */
  takeLines(): string[] {
    const lines = this.#text.split('\r\n');
    this.#text = lines.pop() ?? '';
    return lines;
  }

  /** Takes what has come up to the end of a line, the newline included; all if there is none. */
  takeLine(): string {
    return this.takeText(this.#text.indexOf('\n') + 1 || this.#text.length);
  }

  /** Takes what has come, as it is, but no more than `length` characters. */
  takeText(length = this.#text.length): string {
    const text = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return text;
  }

  /**
   * Waits until `condition` holds, which is asked again whenever something comes.
   * @returns false if it does not within `milliseconds`, or never can because the other side has closed
   */
  async until(condition: () => boolean, milliseconds: number): Promise<boolean> {
    const deadline = performance.now() + milliseconds;
    while (!condition()) {
      const left = deadline - performance.now();
      if (left <= 0 || this.#ended) return condition();
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    return true;
  }

  /** Says that nothing more will be sent, but goes on listening. */
  shutdownWrite(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}
