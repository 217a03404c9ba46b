import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { SocketLayer } from './socket-chardev.ts';

const IAC = 0xff;
/** WILL ECHO, WILL SUPPRESS-GO-AHEAD, WILL BINARY, DO BINARY (RFC 854, 856, 857, 858). */
const OFFER = Buffer.from('fffb01fffb03fffb00fffd00', 'hex');

/** The telnet protocol as QEMU speaks it: an offer at the start, and whatever the client answers is skipped. */
export const TELNET_LAYER: SocketLayer = {
  scheme: 'telnet',
  open(socket) {
    socket.write(OFFER);
    return Promise.resolve(new TelnetStream(socket));
  },
};

/**
 * Takes telnet commands out of what is received: IAC with the two bytes after it, whatever these are, and one IAC
 * out of two. A command may be split anywhere.
 */
class TelnetStream extends Duplex {
  readonly #socket: Socket;
  /** Bytes of a command seen so far. */
  #command = 0;

  constructor(socket: Socket) {
    super({ decodeStrings: false });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      const data = this.#filter(chunk);
      if (data.length > 0 && !this.push(data)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
    this.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(
    chunk: string | Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (typeof chunk === 'string') this.#socket.write(chunk, encoding, done);
    else this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #filter(chunk: Buffer): Buffer {
    if (this.#command === 0 && !chunk.includes(IAC)) return chunk;
    const data = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      if (this.#command === 0 && byte === IAC) this.#command = 1;
      else if (this.#command === 0 || (this.#command === 1 && byte === IAC)) {
        data[length++] = byte;
        this.#command = 0;
      } else this.#command = this.#command === 2 ? 0 : 2;
    }
    return data.subarray(0, length);
  }
}
