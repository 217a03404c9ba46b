import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import { Chardev, type Connection, type Frontend } from './chardev.ts';

export interface FileOptions {
  /** The file to write to. */
  readonly out: string;
  /** The file to read from, once; none by default. */
  readonly in?: string | undefined;
  /** Keeps what `out` has. */
  readonly append?: boolean | undefined;
}

/** Writes to a file and, where there is one to read from, says what is in that. */
export class FileChardev extends Chardev {
  readonly backend = 'file';
  readonly #output: number;
  readonly #input: Readable | undefined;
  #isOpen = true;

  /** Throws `QmpError` if a file cannot be opened. */
  constructor(id: string, options: FileOptions) {
    super(id);
    this.#output = open(options.out, options.append === true ? 'a' : 'w');
    if (options.in === undefined) return;
    try {
      this.#input = createReadStream('', { fd: open(options.in, 'r') }).pause();
    } catch (error) {
      closeSync(this.#output);
      throw error;
    }
  }

  override get filename(): string {
    return 'file';
  }

  override close(): void {
    if (this.#isOpen) closeSync(this.#output);
    this.#isOpen = false;
    this.#input?.destroy();
    super.close();
  }

  protected override attached(frontend: Frontend): void {
    const connection: Connection = {
      backlog: 0,
      write: text => {
        if (this.#isOpen) writeSync(this.#output, text, null, 'latin1');
        return true;
      },
      pause: () => this.#input?.pause(),
      resume: () => this.#input?.resume(),
      end: () => this.close(),
      destroy: () => this.close(),
    };
    // Takes effect after this, so that the frontend can say otherwise.
    this.#input?.resume();
    const handler = frontend.opened(connection);
    this.#input?.on('data', (chunk: Buffer) => handler.receive(chunk)).on('error', () => {});
  }
}

function open(path: string, flags: string): number {
  try {
    return openSync(path, flags, 0o666);
  } catch (error) {
    throw new QmpError(`Could not open '${path}': ${systemErrorText(error)}`);
  }
}
