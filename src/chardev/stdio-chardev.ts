import { Duplex } from 'node:stream';
import { Chardev, type Frontend } from './chardev.ts';
import { StreamConnection } from './stream-connection.ts';

/** Standard input and output of a process. */
export interface StandardStreams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
}

/** The process's own standard streams as a character device; its peer is there from the start. */
export class StdioChardev extends Chardev {
  readonly #stream: Duplex;
  #connection: StreamConnection | undefined;

  constructor(id: string, streams: StandardStreams) {
    super(id);
    this.#stream = Duplex.from({ readable: streams.stdin, writable: streams.stdout });
    this.#stream.pause();
    this.#connection = new StreamConnection(this.#stream, () => {
      this.#connection = undefined;
    });
  }

  override get filename(): string {
    return 'stdio';
  }

  override close(): void {
    this.#connection?.end();
  }

  protected override attached(frontend: Frontend): void {
    this.#connection?.open(frontend);
  }
}
