import type { Errno } from '../base/errors.ts';
import { CHUNK_ENTRIES, type ChunkSummary, PageTable, PERM_MASK } from '../base/page-table.ts';
import type { EntryRun, HostMapping } from './iommu-driver.ts';
import { type MemoryMap, type MemoryRange, PAGE_SHIFT } from './memory-map.ts';

/** 2^20: how many 4 KiB pages there are in the range of an entry's low word. */
const PAGES_PER_WORD = 0x100000;
/** An entry's number, and a page's in a table, must stay exact in 32 bits. */
const MAX_ENTRIES = 2 ** 32 - 1;

/** Where a table's entries may point. */
export interface Memory {
  rangeAt(page: number): MemoryRange | undefined;
}

/** A DMA window of the host: its addresses on the bus, and the hardware's TCE table behind it. */
export class IommuTable {
  /** An entry is the process address of the page, with the permission. */
  readonly entries: PageTable;

  /**
   * @param start bus address of the window, bytes
   * @param size of the window in bytes, a multiple of the page size
   */
  constructor(
    readonly start: bigint,
    readonly size: bigint,
    readonly pageShift: number,
  ) {
    this.entries = new PageTable(Number(size >> BigInt(pageShift)));
  }

  /** Whether a table for such a window can be had at all. */
  static isPossible(size: bigint, pageShift: number): boolean {
    return size > 0n && size >> BigInt(pageShift) <= MAX_ENTRIES;
  }

  get end(): bigint {
    return this.start + this.size;
  }

  get pageSize(): bigint {
    return 1n << BigInt(this.pageShift);
  }

  get mappedBytes(): bigint {
    return BigInt(this.entries.present) << BigInt(this.pageShift);
  }

  contains(iova: bigint, size: bigint): boolean {
    return iova >= this.start && iova + size <= this.end;
  }

  /** Number of the entry for a bus address inside the window. */
  indexOf(iova: bigint): number {
    return Number((iova - this.start) >> BigInt(this.pageShift));
  }

  /** Bus address of an entry. */
  iovaOf(index: number): bigint {
    return this.start + (BigInt(index) << BigInt(this.pageShift));
  }

  /**
   * Sets `count` entries from `index` on, which must be free, to consecutive pages.
   * @param page 4 KiB page number of the first, a multiple of the window's page size
   * @returns why it failed, all entries then being as before: EFAULT no memory there, EPERM it is made of
   * smaller pages than the window's, EBUSY an entry is taken
   */
  map(index: number, count: number, page: number, perm: number, memory: Memory): Errno | undefined {
    const step = 2 ** (this.pageShift - PAGE_SHIFT);
    let range: MemoryRange | undefined;
    for (let i = 0; i < count; i++) {
      const at = page + i * step;
      if (range === undefined || at >= range.end) range = memory.rangeAt(at);
      const errno = this.#obstacle(index + i, at + step, range);
      if (errno !== undefined) {
        this.entries.clearRange(index, index + i);
        return errno;
      }
      this.set(index + i, at, perm);
    }
    return undefined;
  }

  /** Why an entry cannot point to a page that ends at `pageEnd` and begins in `range`. */
  #obstacle(index: number, pageEnd: number, range: MemoryRange | undefined): Errno | undefined {
    if (range === undefined || pageEnd > range.end) return 'EFAULT';
    if (range.pageShift < this.pageShift) return 'EPERM';
    return (this.entries.low(index) & PERM_MASK) !== 0 ? 'EBUSY' : undefined;
  }

  /** Sets an entry, whatever it was. */
  set(index: number, page: number, perm: number): void {
    const low = (page % PAGES_PER_WORD) * 2 ** PAGE_SHIFT + perm;
    this.entries.setWords(index, low, Math.floor(page / PAGES_PER_WORD));
  }

  /**
   * `map` for each present entry of `first <= index < end` of a run, as if one by one.
   * @param run its pages must not be smaller than the table's
   * @param offset the entry of this table where entry 0 of the run begins; negative if that is below the window
   */
  mapEntries(
    run: EntryRun,
    first: number,
    end: number,
    offset: number,
    memory: Memory,
    failed: (index: number, page: number, errno: Errno) => void,
  ): void {
    const ratio = 2 ** (run.pageShift - this.pageShift);
    for (let index = first; index < end; ) {
      const target = offset + index * ratio;
      const room = CHUNK_ENTRIES - Math.max(index % CHUNK_ENTRIES, ratio === 1 ? target % CHUNK_ENTRIES : 0);
      const count = Math.min(end - index, room);
      const summary = run.table.summary(index);
      if (summary !== undefined) {
        if (ratio === 1 && this.allPossible(summary, memory) && this.#isFree(target, count)) {
          this.entries.copy(run.table, index, target, count);
        } else {
          run.table.forEachPresent(index, index + count, (present, low, high) => {
            const page = pageOf(low, high, run.pageShift);
            const errno = this.map(offset + present * ratio, ratio, page, low & PERM_MASK, memory);
            if (errno !== undefined) failed(present, page, errno);
          });
        }
      }
      index += count;
    }
  }

  /** Whether all entries summed up are whole pages of this size in memory of one kind, or 0. */
  allPossible(summary: ChunkSummary, memory: Memory): boolean {
    const ignored = (2 ** this.pageShift - 1) ^ PERM_MASK;
    if (summary.strays || this.pageShift > 31 || (summary.lowBits & ignored) !== 0) return false;
    if (summary.present === 0) return true;
    const range = memory.rangeAt(summary.firstPage);
    const lastEnd = summary.lastPage + 2 ** (this.pageShift - PAGE_SHIFT);
    return range !== undefined && range.pageShift >= this.pageShift && lastEnd <= range.end;
  }

  /** Whether `count` entries within one chunk are free. */
  #isFree(index: number, count: number): boolean {
    if ((this.entries.summary(index)?.present ?? 0) === 0) return true;
    for (let i = 0; i < count; i++) {
      if ((this.entries.low(index + i) & PERM_MASK) !== 0) return false;
    }
    return true;
  }

  /**
   * Whether an entry is what the words of a guest's entry ask for: the same page with the same permission,
   * or nothing, if there is no permission or the page is not in memory.
   */
  isAsAsked(index: number, low: number, high: number, memory: MemoryMap): boolean {
    const perm = low & PERM_MASK;
    const own = this.entries.low(index) & PERM_MASK;
    if (perm === 0) return own === 0;
    const page = pageOf(low, high, this.pageShift);
    if (!memory.covers(page, page + 2 ** (this.pageShift - PAGE_SHIFT))) return own === 0;
    return own === perm && this.#pageAt(index) === page;
  }

  /** Frees entries. @returns how many bytes were mapped there */
  unmap(index: number, count: number): bigint {
    const before = this.entries.present;
    this.entries.clearRange(index, index + count);
    return BigInt(before - this.entries.present) << BigInt(this.pageShift);
  }

  /** Whether an entry points into these 4 KiB pages. */
  pointsInto(first: number, end: number): boolean {
    for (let index = 0; index < this.entries.length; index += CHUNK_ENTRIES) {
      const chunk = this.entries.chunk(index);
      if (chunk === undefined) continue;
      for (let at = 0; at < chunk.length; at += 2) {
        const low = chunk[at] ?? 0;
        const page = (chunk[at + 1] ?? 0) * PAGES_PER_WORD + (low >>> PAGE_SHIFT);
        if ((low & PERM_MASK) !== 0 && page >= first && page < end) return true;
      }
    }
    return false;
  }

  /** The page mapped at a bus address inside the window. */
  mappingAt(iova: bigint): HostMapping | undefined {
    const index = this.indexOf(iova);
    const perm = this.entries.low(index) & PERM_MASK;
    return perm === 0 ? undefined : this.#mapping(index, 1, this.#pageAt(index), perm);
  }

  /** What is mapped and ends above `start`, ascending; contiguous pages of equal permission are one. */
  *mappingsFrom(start: bigint): Iterable<HostMapping> {
    const length = this.entries.length;
    let index = start <= this.start ? 0 : start >= this.end ? length : this.indexOf(start);
    while (index < length) {
      if ((this.entries.summary(index)?.present ?? 0) === 0) {
        index += CHUNK_ENTRIES - (index % CHUNK_ENTRIES);
        continue;
      }
      const perm = this.entries.low(index) & PERM_MASK;
      if (perm === 0) {
        index++;
        continue;
      }
      const end = this.#runEnd(index, perm);
      yield this.#mapping(index, end - index, this.#pageAt(index), perm);
      index = end;
    }
  }

  /** Where the run of contiguous pages of one permission ends that begins at `first`. */
  #runEnd(first: number, perm: number): number {
    const step = 2 ** (this.pageShift - PAGE_SHIFT);
    let page = this.#pageAt(first);
    let index = first + 1;
    while (index < this.entries.length) {
      const words = this.entries.chunk(index);
      if (words === undefined) return index;
      const end = Math.min(this.entries.length, index + CHUNK_ENTRIES - (index % CHUNK_ENTRIES));
      for (; index < end; index++) {
        const at = (index % CHUNK_ENTRIES) * 2;
        const low = words[at] ?? 0;
        page += step;
        if ((low & PERM_MASK) !== perm) return index;
        if ((words[at + 1] ?? 0) * PAGES_PER_WORD + (low >>> PAGE_SHIFT) !== page) return index;
      }
    }
    return index;
  }

  #mapping(index: number, count: number, page: number, perm: number): HostMapping {
    return {
      iova: this.iovaOf(index),
      size: BigInt(count) << BigInt(this.pageShift),
      vaddr: BigInt(page) << BigInt(PAGE_SHIFT),
      perm,
    };
  }

  /** 4 KiB page number that an entry points to. */
  #pageAt(index: number): number {
    return this.entries.high(index) * PAGES_PER_WORD + (this.entries.low(index) >>> PAGE_SHIFT);
  }
}

/** 4 KiB page number that an entry points to, without the bits below its own page size. */
function pageOf(low: number, high: number, pageShift: number): number {
  const page = high * PAGES_PER_WORD + (low >>> PAGE_SHIFT);
  return page - (page % 2 ** (pageShift - PAGE_SHIFT));
}
