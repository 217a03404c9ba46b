import { closeSync, openSync, writeSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { Connection } from './chardev.ts';

/** The file of `logfile=`, which gets a copy of what a frontend writes to its peers. */
export class LogFile {
  readonly #fd: number;
  #isOpen = true;

  /** @param append keeps what the file has. Throws `QmpError` if it cannot be opened. */
  constructor(path: string, append: boolean) {
    try {
      this.#fd = openSync(path, append ? 'a' : 'w', 0o666);
    } catch (error) {
      throw new QmpError(`Could not create '${path}': ${systemErrorText(error)}`);
    }
  }

  /** The same connection, with everything that is written copied. */
  copying(connection: Connection): Connection {
    return {
      get backlog() {
        return connection.backlog;
      },
      write: text => {
        if (this.#isOpen) writeSync(this.#fd, text, null, 'latin1');
        return connection.write(text);
      },
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => connection.end(),
      destroy: () => connection.destroy(),
    };
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}
