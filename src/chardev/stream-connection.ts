import type { Duplex } from 'node:stream';
import type { Connection, ConnectionHandler, Frontend } from './chardev.ts';

/** Output beyond this many bytes makes `write` ask for patience. Not below the stream's own mark, which makes it drain. */
const HIGH_WATER_MARK = 64 * 1024;

/** A connection over a stream that is open and paused. */
export class StreamConnection implements Connection {
  readonly #stream: Duplex;
  #handler: ConnectionHandler | undefined;

  /** @param closed called once, when the stream is gone, after the frontend was told */
  constructor(stream: Duplex, closed: () => void) {
    this.#stream = stream;
    stream.on('drain', () => this.#handler?.drained());
    // A broken connection is a closed one; 'close' follows.
    stream.on('error', () => {});
    // A peer that will send nothing more has left, as far as QEMU is concerned.
    stream.on('end', () => stream.end());
    stream.once('close', () => {
      this.#handler?.closed();
      closed();
    });
  }

  /** Tells the frontend, and begins to read. */
  open(frontend: Frontend): void {
    // Takes effect after this, so that the frontend can say otherwise.
    this.#stream.resume();
    const handler = frontend.opened(this);
    this.#handler = handler;
    this.#stream.on('data', (chunk: Uint8Array) => handler.receive(chunk));
  }

  get backlog(): number {
    return this.#stream.writableLength;
  }

  write(text: string): boolean {
    if (this.#stream.writable) this.#stream.write(text, 'latin1');
    return this.#stream.writableLength <= HIGH_WATER_MARK;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(): void {
    this.#stream.end();
    // What the peer still sends is of no interest, but its end must be noticed.
    this.#stream.removeAllListeners('data');
    this.#stream.resume();
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
