import { Duplex } from 'node:stream';
import type { SocketLayer } from './socket-chardev.ts';

const IAC = 0xff;

/** WILL ECHO, WILL SUPPRESS-GO-AHEAD, WILL BINARY, DO BINARY (RFC 854, 856, 857, 858). */
const TELNET_OFFER = 'fffb01fffb03fffb00fffd00';

/** DO and WILL END-OF-RECORD, DO and WILL BINARY, DO TERMINAL-TYPE, SEND the type (RFC 885, 1091, 1576). */
const TN3270_OFFER = 'fffd19fffb19fffd00fffb00fffd18fffa1801fff0';

/** The telnet protocol as QEMU speaks it: an offer at the start, and whatever the client answers is skipped. */
export const TELNET_LAYER: SocketLayer = telnet(TELNET_OFFER, () => false);

/** Commands that mark where data of a 3270 terminal ends (EOR), or its parameters begin (SB) and end (SE). */
const MARKS = new Set([0xef, 0xfa, 0xf0]);

/** Telnet as 3270 terminals speak it: the marks in its data reach the frontend, each behind its IAC. */
export const TN3270_LAYER: SocketLayer = telnet(TN3270_OFFER, command => MARKS.has(command));

function telnet(offer: string, keeps: (command: number) => boolean): SocketLayer {
  return {
    scheme: 'telnet',
    open(stream) {
      stream.write(Buffer.from(offer, 'hex'));
      return Promise.resolve(new TelnetStream(stream, keeps));
    },
  };
}

/** Two bytes in all; the other commands take three, as far as QEMU is concerned. */
const BREAK = 0xf3;

/**
 * Takes telnet commands out of what is received: IAC with the two bytes after it, whatever these are, and one IAC
 * out of two. A command may be split anywhere.
 */
class TelnetStream extends Duplex {
  readonly #stream: Duplex;
  readonly #keeps: (command: number) => boolean;
  /** Bytes of a command seen so far. */
  #command = 0;

  constructor(stream: Duplex, keeps: (command: number) => boolean) {
    super({ decodeStrings: false });
    this.#stream = stream;
    this.#keeps = keeps;
    stream.on('data', (chunk: Buffer) => {
      const data = this.#filter(chunk);
      if (data.length > 0 && !this.push(data)) stream.pause();
    });
    stream.on('end', () => this.push(null));
    stream.on('close', () => this.destroy());
    this.pause();
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(
    chunk: string | Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (typeof chunk === 'string') this.#stream.write(chunk, encoding, done);
    else this.#stream.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }

  #filter(chunk: Buffer): Buffer {
    if (this.#command === 0 && !chunk.includes(IAC)) return chunk;
    const data: number[] = [];
    for (const byte of chunk) {
      if (this.#command === 0 && byte === IAC) this.#command = 1;
      else if (this.#command === 0 || (this.#command === 1 && byte === IAC)) {
        data.push(byte);
        this.#command = 0;
      } else if (this.#command === 1 && this.#keeps(byte)) {
        data.push(IAC, byte);
        this.#command = 0;
      } else this.#command = this.#command === 2 || byte === BREAK ? 0 : 2;
    }
    return Buffer.from(data);
  }
}
