import { closeSync, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import { Chardev, type Frontend } from './chardev.ts';
import { duplexOf } from './descriptor-stream.ts';
import { StreamConnection } from './stream-connection.ts';

/** A pair of named pipes, `PATH.in` to read from and `PATH.out` to write to; or `PATH`, which is both. */
export class PipeChardev extends Chardev {
  readonly backend = 'pipe';
  readonly #stream: Duplex;
  readonly #connection: StreamConnection;

  /** Throws `QmpError` if nothing of that name can be opened. */
  constructor(id: string, path: string) {
    super(id);
    const { input, output } = openPair(path) ?? openSingle(path);
    // Opened for both directions, a pipe neither waits for its other end nor comes to an end.
    this.#stream = duplexOf(input, output);
    this.#connection = new StreamConnection(this.#stream, () => {});
  }

  override get filename(): string {
    return 'pipe';
  }

  override close(): void {
    this.#stream.destroy();
    super.close();
  }

  protected override attached(frontend: Frontend): void {
    this.#connection.open(frontend);
  }
}

interface Descriptors {
  readonly input: number;
  readonly output: number;
}

function openPair(path: string): Descriptors | undefined {
  let input: number | undefined;
  try {
    input = openSync(`${path}.in`, 'r+');
    return { input, output: openSync(`${path}.out`, 'r+') };
  } catch {
    if (input !== undefined) closeSync(input);
    return undefined;
  }
}

function openSingle(path: string): Descriptors {
  try {
    return { input: openSync(path, 'r+'), output: openSync(path, 'r+') };
  } catch (error) {
    throw new QmpError(`Could not open '${path}': ${systemErrorText(error)}`);
  }
}
