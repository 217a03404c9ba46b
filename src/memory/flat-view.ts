import type { MemoryRegion } from './region.ts';

/** A range of an address space and the region that answers there. */
export interface FlatRange {
  /** First address, bytes. */
  readonly start: bigint;
  /** Bytes, above 0. */
  readonly size: bigint;
  readonly region: MemoryRegion;
  /** Where in the region the range begins, bytes. */
  readonly offset: bigint;
}

/**
 * What an address space shows: for every address the region of highest priority there, as ranges that
 * are ascending, do not overlap, and are merged where region and offset continue.
 */
export function renderRegion(root: MemoryRegion): readonly FlatRange[] {
  const view = new RangeList();
  render(view, root, 0n, 0n, 2n ** 64n);
  return view.merged();
}

/** @param base where the region's address 0 lies; only `start <= address < end` is visible */
function render(view: RangeList, region: MemoryRegion, base: bigint, start: bigint, end: bigint): void {
  if (!region.enabled) return;
  const from = max(start, base);
  const to = min(end, base + region.size);
  if (from >= to) return;
  if (region.alias !== undefined) {
    render(view, region.alias.target, base - region.alias.offset, from, to);
    return;
  }
  for (const sub of region.subregions) render(view, sub, base + sub.address, from, to);
  if (region.kind !== 'container') view.fill(from, to, region, from - base);
}

/** Ranges in ascending order; what is there already stays on top. */
class RangeList {
  readonly #ranges: FlatRange[] = [];

  /** Puts the region into the gaps of `from <= address < to`. */
  fill(from: bigint, to: bigint, region: MemoryRegion, offset: bigint): void {
    let at = from;
    let index = this.#ranges.findIndex(range => range.start + range.size > from);
    if (index < 0) index = this.#ranges.length;
    while (at < to) {
      const next = this.#ranges[index];
      const gapEnd = next === undefined ? to : min(to, next.start);
      if (gapEnd > at) {
        this.#ranges.splice(index, 0, { start: at, size: gapEnd - at, region, offset: offset + (at - from) });
        index++;
      }
      if (next === undefined) return;
      at = max(gapEnd, next.start + next.size);
      index++;
    }
  }

  merged(): readonly FlatRange[] {
    const result: FlatRange[] = [];
    for (const range of this.#ranges) {
      const last = result.at(-1);
      const continues =
        last !== undefined &&
        last.region === range.region &&
        last.start + last.size === range.start &&
        last.offset + last.size === range.offset;
      if (continues) result[result.length - 1] = { ...last, size: last.size + range.size };
      else result.push(range);
    }
    return result;
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
