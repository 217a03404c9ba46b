import { closeSync, openSync, writeSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { Chardev, type Connection, type Frontend } from './chardev.ts';
import { systemErrorText } from './system-errors.ts';

/** Writes everything to a file and never says anything. */
export class FileChardev extends Chardev {
  readonly #fd: number;
  #isOpen = true;

  /** @param append keeps what the file has. Throws `QmpError` if it cannot be opened. */
  constructor(id: string, path: string, append: boolean) {
    super(id);
    try {
      this.#fd = openSync(path, append ? 'a' : 'w', 0o666);
    } catch (error) {
      throw new QmpError(`Could not open '${path}': ${systemErrorText(error)}`);
    }
  }

  override get filename(): string {
    return 'file';
  }

  override close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }

  protected override attached(frontend: Frontend): void {
    const connection: Connection = {
      backlog: 0,
      write: text => {
        if (this.#isOpen) writeSync(this.#fd, text, null, 'latin1');
        return true;
      },
      pause: () => {},
      resume: () => {},
      end: () => this.close(),
      destroy: () => this.close(),
    };
    frontend.opened(connection);
  }
}
