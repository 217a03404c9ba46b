import { QmpError } from '../base/errors.ts';
import { GlibHashTable } from '../base/glib-hash-table.ts';
import type { ChardevBackend } from '../generated/types.ts';
import type { Chardev } from './chardev.ts';
import { type ChardevEnvironment, createChardev, type Requester } from './create.ts';
import { LogFile } from './log-file.ts';
import { MuxChardev } from './mux-chardev.ts';
import type { ChardevOptions } from './options.ts';
import { isShared, parseChardevOptions } from './parse-options.ts';

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
  /** Ids that the command line gave, for ever. */
  readonly optionIds = new Set<string>();
  /** The table in which QEMU keeps them. */
  readonly #order = new GlibHashTable();

  constructor(environment: Omit<ChardevEnvironment, 'chardev'>) {
    this.#environment = { ...environment, chardev: id => this.#chardevs.get(id) };
  }

  /** Makes a device as `-chardev` describes it, and keeps it. Rejects with `QmpError`. */
  async create(id: string, options: ChardevOptions, requester: Requester = 'command-line'): Promise<Chardev> {
    const backend = parseChardevOptions(options);
    if (!isShared(options)) return this.#make(id, backend, requester);
    const base = await this.#make(`${id}-base`, backend, requester);
    const mux = new MuxChardev(id, base, this.#environment.terminate);
    this.add(mux);
    return mux;
  }

  /** `chardev-add`. Rejects with `QmpError`. */
  async addFor(id: string, backend: ChardevBackend): Promise<Chardev> {
    if (this.#chardevs.has(id)) throw new QmpError(`Chardev with id '${id}' already exists`);
    const chardev = await this.#openFor(id, backend);
    this.add(chardev);
    if (!chardev.isReady) this.#environment.report('info', waitingText(chardev));
    return chardev;
  }

  /**
   * `chardev-change`: puts another device in the place of one. As with QEMU one that nobody uses is gone even if there
   * turns out to be no other. Rejects with `QmpError`.
   */
  async replace(id: string, backend: ChardevBackend): Promise<Chardev> {
    const old = this.#chardevs.get(id);
    if (old === undefined) throw new QmpError(`Chardev '${id}' does not exist`);
    if (old instanceof MuxChardev) throw new QmpError('Mux device hotswap not supported yet');
    const user = old.movableUser;
    if (old.isBusy && user === undefined) throw new QmpError('Chardev user does not support chardev hotswap');
    // Who goes on must have something to go on with.
    const prepared = user === undefined ? undefined : await this.#open(id, backend, 'client');
    if (prepared !== undefined && (this.#chardevs.get(id) !== old || old.movableUser !== user)) {
      // Somebody else was at it meanwhile.
      prepared.close();
      throw new QmpError(`Chardev '${id}' change failed`);
    }
    this.#forget(id);
    if (user !== undefined) old.detach(user);
    old.close();
    const replacement = prepared ?? (await this.#openFor(id, backend));
    this.add(replacement);
    if (user !== undefined) replacement.attach(user);
    return replacement;
  }

  /** Keeps a device that was made elsewhere. Throws `QmpError`, and closes it, if the id is taken. */
  add(chardev: Chardev): void {
    const { id } = chardev;
    if (this.#chardevs.has(id)) {
      chardev.close();
      throw new QmpError(`attempt to add duplicate property '${id}' to object (type 'container')`);
    }
    this.#chardevs.set(id, chardev);
    this.#order.add(id);
  }

  #forget(id: string): void {
    this.#chardevs.delete(id);
    this.#order.remove(id);
  }

  async #make(id: string, backend: ChardevBackend, requester: Requester): Promise<Chardev> {
    const chardev = await this.#open(id, backend, requester);
    this.add(chardev);
    return chardev;
  }

  async #openFor(id: string, backend: ChardevBackend): Promise<Chardev> {
    try {
      return await this.#open(id, backend, 'client');
    } catch (error) {
      throw error instanceof QmpError ? error.prefixed(`Failed to add chardev '${id}': `) : error;
    }
  }

  async #open(id: string, backend: ChardevBackend, requester: Requester): Promise<Chardev> {
    const { logfile, logappend = false } = backend.data;
    const log = logfile === undefined ? undefined : new LogFile(logfile, logappend);
    try {
      const chardev = await createChardev(id, backend, this.#environment, requester);
      if (log !== undefined) chardev.logTo(log);
      return chardev;
    } catch (error) {
      log?.close();
      throw error;
    }
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
    if (chardev.isBusy) throw new QmpError(`Chardev '${id}' is busy`);
    this.discard(id);
  }

  /** Closes and forgets a device, whoever uses it. */
  discard(id: string): void {
    const chardev = this.#chardevs.get(id);
    this.#forget(id);
    chardev?.close();
  }

  get all(): readonly Chardev[] {
    return [...this.#chardevs.values()];
  }

  /** Backwards in the order of the hash table that QEMU keeps them in. */
  query(): readonly ChardevInfo[] {
    return [...this.#order.keys]
      .reverse()
      .flatMap(id => this.#chardevs.get(id) ?? [])
      .map(chardev => ({
        label: chardev.id,
        filename: chardev.filename,
        'frontend-open': chardev.isOpen,
      }));
  }

  close(): void {
    for (const chardev of this.#chardevs.values()) chardev.close();
    this.#chardevs.clear();
  }
}

/** What is said while nothing goes on before the first client is there. */
export function waitingText(chardev: Chardev): string {
  return `QEMU waiting for connection on: ${chardev.filename}`;
}
