import { Duplex } from 'node:stream';
import { Chardev, type Frontend } from './chardev.ts';
import { StreamConnection } from './stream-connection.ts';
import { raiseTyped, type Terminal } from './terminal.ts';

/** Standard input and output of a process. */
export interface StandardStreams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  /** The terminal, where the input is one. */
  readonly terminal?: Terminal | undefined;
}

/** The process's own standard streams as a character device; its peer is there from the start. */
export class StdioChardev extends Chardev {
  readonly backend = 'stdio';
  readonly #stream: StandardDuplex;
  readonly #terminal: Terminal | undefined;
  readonly #connection: StreamConnection;

  /** @param signals whether keys may send signals to the process */
  constructor(id: string, streams: StandardStreams, signals = true) {
    super(id);
    this.#terminal = streams.terminal;
    this.#terminal?.setRaw(true);
    this.#stream = new StandardDuplex(streams, signals);
    this.#connection = new StreamConnection(this.#stream, () => {});
  }

  override get filename(): string {
    return 'stdio';
  }

  override close(): void {
    // What was written is with the process's output already.
    this.#stream.destroy();
    this.#terminal?.setRaw(false);
    super.close();
  }

  protected override attached(frontend: Frontend): void {
    if (this.#stream.destroyed) return;
    if (frontend.wantsLines === true) {
      this.#terminal?.setRaw(false);
      this.#stream.isRaw = false;
    }
    this.#connection.open(frontend);
  }
}

/** Both streams as one. They outlive it: the process may still have something to say. */
class StandardDuplex extends Duplex {
  /** Whether a terminal leaves it to us what keys do. */
  isRaw = true;
  readonly #streams: StandardStreams;
  readonly #received = (chunk: Buffer) => {
    const { terminal, stdin } = this.#streams;
    const isFiltered = terminal !== undefined && this.isRaw && this.signals;
    const heard = isFiltered ? raiseTyped(terminal, chunk) : chunk;
    if (heard.length > 0 && !this.push(heard)) stdin.pause();
  };
  readonly #ended = () => {
    this.push(null);
  };
  readonly #broken = () => {
    this.destroy();
  };

  constructor(
    streams: StandardStreams,
    private readonly signals: boolean,
  ) {
    super({ decodeStrings: false });
    this.#streams = streams;
    this.pause();
    streams.stdin.on('end', this.#ended);
    // A terminal that is gone has nothing more to say either.
    streams.stdin.on('error', this.#ended);
    streams.stdout.on('error', this.#broken);
  }

  override _read(): void {
    const { stdin } = this.#streams;
    if (stdin.listeners('data').includes(this.#received)) stdin.resume();
    else stdin.on('data', this.#received);
  }

  override _write(
    chunk: string | Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (typeof chunk === 'string') this.#streams.stdout.write(chunk, encoding, done);
    else this.#streams.stdout.write(chunk, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { stdin } = this.#streams;
    stdin.off('data', this.#received);
    stdin.off('end', this.#ended);
    // Else it would keep the process from ending.
    stdin.pause();
    done(error);
  }
}
