import { closeSync, openSync, readFileSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { Chardev } from './chardev.ts';

/**
 * A pseudo terminal that has a name, as its users want to be told, but stays locked: nobody can open it, since Node
 * cannot unlock one.
 */
export class PtyChardev extends Chardev {
  readonly backend = 'pty';
  /** The path at which others would find it. */
  readonly name: string;
  readonly #fd: number;

  constructor(id: string) {
    super(id);
    try {
      this.#fd = openSync('/dev/ptmx', 'r+');
    } catch {
      throw new QmpError('Failed to create PTY');
    }
    const facts = readFileSync(`/proc/self/fdinfo/${this.#fd}`, 'latin1');
    const [, index] = /^tty-index:\s*(\d+)$/m.exec(facts) ?? [];
    this.name = `/dev/pts/${index}`;
  }

  override get filename(): string {
    return `pty:${this.name}`;
  }

  override get isConnected(): boolean {
    return false;
  }

  override close(): void {
    closeSync(this.#fd);
    super.close();
  }
}
