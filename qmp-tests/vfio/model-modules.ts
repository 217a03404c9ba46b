import type { SpaprMachine } from '../../src/spapr/machine.ts';
import type { GuestTables } from './model-world.ts';
import { type Mismatch, rangeOf } from './soundness.ts';

/** A part of the machine's memory: first address, and bytes. */
type Range = readonly [start: number, size: number];

/**
 * Memory modules that come and go below the guest's tables. Nobody tells the host of an entry that was there
 * before its memory, or that is still there after it: guest and host differ then, until the entry is put again.
 */
export class ModuleWatch {
  #present: readonly Range[] = [];
  /** Pages of tables whose entries are such, by LIOBN. */
  readonly #outdated = new Map<number, Set<number>>();

  constructor(private readonly machine: SpaprMachine) {}

  /** Looks which modules have come or gone. @returns whether the host still maps some that has gone */
  follow(tables: GuestTables): boolean {
    const before = this.#present;
    this.#present = this.machine.memoryDevices.dimms.map(rangeOf);
    const gone = before.filter(range => !includes(this.#present, range));
    const come = this.#present.filter(range => !includes(before, range));
    for (const liobn of this.#outdated.keys()) if (!tables.has(liobn)) this.#outdated.delete(liobn);
    for (const [start, size] of [...gone, ...come]) {
      for (const [liobn, entries] of tables) {
        for (const [page, tce] of entries) {
          if (tce >= start && tce < start + size) this.#pagesOf(liobn).add(page);
        }
      }
    }
    return gone.some(range => this.#isMapped(range));
  }

  /** The guest has put an entry. */
  put(liobn: number, page: number): void {
    this.#outdated.get(liobn)?.delete(page);
  }

  /** Whether guest and host may differ here. */
  excuses({ container: id, iova }: Mismatch): boolean {
    const container = this.machine.vfio.containers.find(each => each.id === id);
    for (const { region } of container?.guestIommus ?? []) {
      const window = this.machine.tceTable(region.liobn ?? 0)?.window;
      if (window === undefined) continue;
      const page = Math.floor((iova - Number(window.busOffset)) / 2 ** window.pageShift);
      if (page >= 0 && page < window.entries) return this.#pagesOf(region.liobn ?? 0).has(page);
    }
    return false;
  }

  #isMapped([start, size]: Range): boolean {
    return this.machine.vfio.containers.some(({ iommu }) =>
      [...iommu.mappingsFrom(0n)].some(({ vaddr }) => vaddr >= start && vaddr < start + size),
    );
  }

  #pagesOf(liobn: number): Set<number> {
    const pages = this.#outdated.get(liobn) ?? new Set();
    this.#outdated.set(liobn, pages);
    return pages;
  }
}

function includes(ranges: readonly Range[], [start, size]: Range): boolean {
  return ranges.some(range => range[0] === start && range[1] === size);
}
