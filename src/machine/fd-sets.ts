import { QmpError } from '../base/errors.ts';
import type { FdsetInfo } from '../generated/types.ts';

interface Descriptor {
  readonly fd: number;
  readonly opaque: string | undefined;
}

/** File descriptors handed over at start, in numbered sets that each stand for one file. */
export class FdSets {
  readonly #sets = new Map<number, Descriptor[]>();

  add(set: number, fd: number, opaque?: string): void {
    const descriptors = this.#sets.get(set) ?? [];
    descriptors.push({ fd, opaque });
    this.#sets.set(set, descriptors);
  }

  /** @param fd all of the set where it is left out. @throws QmpError if there is no such descriptor */
  remove(set: number, fd?: number): void {
    const left = this.#sets.get(set)?.filter(each => fd !== undefined && each.fd !== fd);
    if (left === undefined || left.length === this.#sets.get(set)?.length) {
      const name = fd === undefined ? `fdset-id:${set}` : `fdset-id:${set}, fd:${fd}`;
      throw new QmpError(`File descriptor named '${name}' not found`);
    }
    if (left.length > 0) this.#sets.set(set, left);
    else this.#sets.delete(set);
  }

  /** By number; the newest descriptor of each first. */
  query(): readonly FdsetInfo[] {
    return [...this.#sets]
      .sort(([a], [b]) => a - b)
      .map(([set, descriptors]) => ({
        'fdset-id': set,
        fds: [...descriptors]
          .reverse()
          .map(({ fd, opaque }) => (opaque === undefined ? { fd } : { fd, opaque })),
      }));
  }
}
