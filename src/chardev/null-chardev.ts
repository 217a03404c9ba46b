import { Chardev } from './chardev.ts';

/** Swallows everything and never says anything. */
export class NullChardev extends Chardev {
  override get filename(): string {
    return 'null';
  }

  override close(): void {}
}
