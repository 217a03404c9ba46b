import { Chardev } from './chardev.ts';

/**
 * Kinds of devices that never say anything: `null`, what stands for a screen or a pointer that nobody sees or moves
 * (`vc`, `msmouse`, `wctablet`), and what would be used by a guest's agent or its tests.
 */
const SILENT_BACKENDS = ['null', 'vc', 'msmouse', 'wctablet', 'testdev', 'qemu-vdagent', 'spicevmc'] as const;

export type SilentBackend = (typeof SILENT_BACKENDS)[number];

/** Those to which somebody would have to connect. */
const UNCONNECTED: readonly SilentBackend[] = ['null', 'msmouse', 'spicevmc'];

/** Swallows everything and never says anything. */
export class NullChardev extends Chardev {
  constructor(
    id: string,
    readonly backend: SilentBackend = 'null',
  ) {
    super(id);
  }

  override get isConnected(): boolean {
    return !UNCONNECTED.includes(this.backend);
  }

  override get filename(): string {
    return this.backend;
  }
}
