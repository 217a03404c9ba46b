import { QmpError } from '../base/errors.ts';
import { hashTableOrder } from '../base/glib-hash-table.ts';
import type { Chardev } from './chardev.ts';
import { type ChardevEnvironment, createChardev } from './create.ts';
import type { ChardevOptions } from './options.ts';

/** What `query-chardev` says of a device. */
export interface ChardevInfo {
  readonly label: string;
  readonly filename: string;
  readonly 'frontend-open': boolean;
}

/** The character devices of a machine, by id. */
export class ChardevRegistry {
  readonly #environment: ChardevEnvironment;
  readonly #chardevs = new Map<string, Chardev>();
  /** Kinds of devices by id, as the options named them. */
  readonly #backends = new Map<string, string>();

  constructor(environment: ChardevEnvironment) {
    this.#environment = environment;
  }

  /** Makes a device and keeps it. Rejects with `QmpError`. */
  async create(id: string, options: ChardevOptions): Promise<Chardev> {
    this.#checkFree(id);
    const chardev = await createChardev(id, options, this.#environment);
    try {
      this.add(chardev);
    } catch (error) {
      chardev.close();
      throw error;
    }
    this.#backends.set(id, options.backend ?? 'null');
    return chardev;
  }

  /** Keeps a device that was made elsewhere. */
  add(chardev: Chardev): void {
    this.#checkFree(chardev.id);
    this.#chardevs.set(chardev.id, chardev);
  }

  /** The device with this id; throws `QmpError` if there is none. */
  get(id: string): Chardev {
    const chardev = this.#chardevs.get(id);
    if (chardev === undefined) throw new QmpError(`chardev "${id}" not found`);
    return chardev;
  }

  /** `chardev-remove`: closes and forgets a device that nothing uses. */
  remove(id: string): void {
    const chardev = this.#chardevs.get(id);
    if (chardev === undefined) throw new QmpError(`Chardev '${id}' not found`);
    if (chardev.frontend !== undefined) throw new QmpError(`Chardev '${id}' is busy`);
    this.#chardevs.delete(id);
    this.#backends.delete(id);
    chardev.close();
  }

  /** The kind of a device, as `-chardev` names it; `null` for one that was made elsewhere. */
  backendOf(id: string): string {
    return this.#backends.get(id) ?? 'null';
  }

  get all(): readonly Chardev[] {
    return [...this.#chardevs.values()];
  }

  /** Backwards in the order of the hash table that QEMU keeps them in. */
  query(): readonly ChardevInfo[] {
    return [...hashTableOrder([...this.#chardevs.keys()])]
      .reverse()
      .flatMap(id => this.#chardevs.get(id) ?? [])
      .map(chardev => ({
        label: chardev.id,
        filename: chardev.filename,
        'frontend-open': chardev.frontend !== undefined,
      }));
  }

  close(): void {
    for (const chardev of this.#chardevs.values()) chardev.close();
    this.#chardevs.clear();
  }

  #checkFree(id: string): void {
    if (this.#chardevs.has(id)) throw new QmpError(`Chardev with id '${id}' already exists`);
  }
}
