import { closeSync, constants, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import { Chardev, type Frontend } from './chardev.ts';
import { duplexOf } from './descriptor-stream.ts';
import { StreamConnection } from './stream-connection.ts';

/** A serial port of the host, or another file. Node.js cannot set a port's speed: it stays as it is. */
export class SerialChardev extends Chardev {
  readonly backend = 'serial';
  readonly filename = 'serial';
  readonly #stream: Duplex;
  readonly #connection: StreamConnection;

  /** Throws `QmpError` if there is nothing of that name. */
  constructor(id: string, path: string) {
    super(id);
    this.#stream = duplexOf(open(path), open(path));
    this.#connection = new StreamConnection(this.#stream, () => {});
  }

  override close(): void {
    this.#stream.destroy();
    super.close();
  }

  protected override attached(frontend: Frontend): void {
    this.#connection.open(frontend);
  }
}

/** No host here has a parallel port: whatever is opened is none. Throws `QmpError`. */
export function openParallel(path: string): never {
  closeSync(open(path));
  throw new QmpError('not a parallel port: Inappropriate ioctl for device');
}

/** Waits for no modem, and makes no terminal the process's own. Throws `QmpError`. */
function open(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    throw new QmpError(`Could not open '${path}': ${systemErrorText(error)}`);
  }
}
