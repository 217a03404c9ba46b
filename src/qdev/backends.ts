import type { Device } from './device.ts';

/** What a device can be connected to on the host's side. */
export type BackendKind = 'netdev' | 'drive' | 'chardev';

/** A backend by its id, and the one device that uses it. */
export interface Backend {
  readonly id: string;
  user?: Device | undefined;
}

/** The backends of one machine, by kind and id. */
export class Backends {
  readonly #byKind: Readonly<Record<BackendKind, Map<string, Backend>>> = {
    netdev: new Map(),
    drive: new Map(),
    chardev: new Map(),
  };

  of(kind: BackendKind): ReadonlyMap<string, Backend> {
    return this.#byKind[kind];
  }

  add(kind: BackendKind, backend: Backend): void {
    this.#byKind[kind].set(backend.id, backend);
  }

  remove(kind: BackendKind, id: string): void {
    this.#byKind[kind].delete(id);
  }
}
