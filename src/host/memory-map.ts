/** Pages here are always of 4 KiB, whatever the IOMMU's or the system's page size is. */
export const PAGE_SHIFT = 12;
const PAGE_MASK = 0xfffn;

/** Memory of one kind, as page numbers; `end` is exclusive. */
export interface MemoryRange {
  readonly first: number;
  readonly end: number;
  /** The pages that back it, as a power of two in bytes: no larger IOMMU page may point there. */
  readonly pageShift: number;
}

/** Which addresses of a process have memory behind them. */
export class MemoryMap {
  /** Ascending, not overlapping; neighbours of the same kind are one range. */
  #ranges: MemoryRange[] = [];

  /**
   * Adds memory, in place of what was there.
   * @param vaddr process address in bytes, a multiple of 4 KiB, as `size`
   */
  add(vaddr: bigint, size: bigint, pageShift: number): void {
    if (size === 0n) return;
    this.remove(vaddr, size);
    const { first, end } = pagesOf(vaddr, size);
    const at = this.#ranges.findIndex(range => range.first >= end);
    const index = at < 0 ? this.#ranges.length : at;
    const before = this.#ranges[index - 1];
    const after = this.#ranges[index];
    const joinsBefore = before !== undefined && before.end === first && before.pageShift === pageShift;
    const joinsAfter = after !== undefined && after.first === end && after.pageShift === pageShift;
    const merged = {
      first: joinsBefore ? before.first : first,
      end: joinsAfter ? after.end : end,
      pageShift,
    };
    this.#ranges.splice(joinsBefore ? index - 1 : index, Number(joinsBefore) + Number(joinsAfter), merged);
  }

  /** Takes memory away; what else was there stays. */
  remove(vaddr: bigint, size: bigint): void {
    const { first, end } = pagesOf(vaddr, size);
    this.#ranges = this.#ranges.flatMap(range => {
      if (range.end <= first || range.first >= end) return [range];
      const left = { ...range, end: first };
      const right = { ...range, first: end };
      return [left, right].filter(part => part.first < part.end);
    });
  }

  /** The range that holds a page. */
  rangeAt(page: number): MemoryRange | undefined {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range === undefined || range.first > page) high = middle;
      else if (range.end <= page) low = middle + 1;
      else return range;
    }
    return undefined;
  }

  /** The smallest pages that back any of it, bytes; undefined if there is none. */
  get smallestPageSize(): bigint | undefined {
    const [first, ...others] = this.#ranges;
    if (first === undefined) return undefined;
    return 1n << BigInt(Math.min(first.pageShift, ...others.map(({ pageShift }) => pageShift)));
  }

  /** Whether each page of `first <= page < end` is there. */
  covers(first: number, end: number): boolean {
    for (let page = first; page < end; ) {
      const range = this.rangeAt(page);
      if (range === undefined) return false;
      page = range.end;
    }
    return true;
  }
}

/** @throws RangeError if the range is not made of whole pages of a 64-bit address space */
export function pagesOf(vaddr: bigint, size: bigint): { readonly first: number; readonly end: number } {
  if (((vaddr | size) & PAGE_MASK) !== 0n) throw new RangeError('memory must be made of whole 4 KiB pages');
  if (vaddr < 0n || size < 0n || vaddr + size > 1n << 64n) throw new RangeError('memory must lie in 64 bits');
  const shift = BigInt(PAGE_SHIFT);
  return { first: Number(vaddr >> shift), end: Number((vaddr + size) >> shift) };
}
