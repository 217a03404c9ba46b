import { Chardev } from './chardev.ts';

/** Swallows everything and never says anything: `null`, and the text console `vc` of a screen that nobody sees. */
export class NullChardev extends Chardev {
  constructor(
    id: string,
    readonly backend: 'null' | 'vc' = 'null',
  ) {
    super(id);
  }

  override get isConnected(): boolean {
    return this.backend === 'vc';
  }

  override get filename(): string {
    return this.backend;
  }
}
