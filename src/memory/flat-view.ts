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
  /** Memory that cannot be written through here: ROM, or RAM seen through a read-only alias. */
  readonly readonly: boolean;
  /** Memory whose contents stay. */
  readonly nonvolatile: boolean;
}

/**
 * What an address space shows: for every address the region of highest priority there, as ranges that
 * are ascending, do not overlap, and are merged where region and offset continue.
 */
export function renderRegion(root: MemoryRegion): readonly FlatRange[] {
  const view = new RangeList();
  render(view, root, 0n, { start: 0n, end: 2n ** 64n, readonly: false, nonvolatile: false });
  return view.merged();
}

/** What of a region can be seen: `start <= address < end`. */
interface Clip {
  readonly start: bigint;
  readonly end: bigint;
  readonly readonly: boolean;
  readonly nonvolatile: boolean;
}

/** @param base where the region's address 0 lies */
function render(view: RangeList, region: MemoryRegion, base: bigint, outer: Clip): void {
  if (!region.enabled) return;
  const clip = {
    start: max(outer.start, base),
    end: min(outer.end, base + region.size),
    readonly: outer.readonly || region.readonly,
    nonvolatile: outer.nonvolatile || region.nonvolatile,
  };
  if (clip.start >= clip.end) return;
  if (region.alias !== undefined) {
    render(view, region.alias.target, base - region.alias.offset, clip);
    return;
  }
  for (const sub of region.subregions) render(view, sub, base + sub.address, clip);
  if (region.kind !== 'container') view.fill(region, clip, clip.start - base);
}

/** Ranges in ascending order; what is there already stays on top. */
class RangeList {
  readonly #ranges: FlatRange[] = [];

  /** Puts the region into the gaps of what of it can be seen. */
  fill(region: MemoryRegion, { start: from, end: to, readonly, nonvolatile }: Clip, offset: bigint): void {
    let at = from;
    let index = this.#ranges.findIndex(range => range.start + range.size > from);
    if (index < 0) index = this.#ranges.length;
    while (at < to) {
      const next = this.#ranges[index];
      const gapEnd = next === undefined ? to : min(to, next.start);
      if (gapEnd > at) {
        this.#ranges.splice(index, 0, {
          start: at,
          size: gapEnd - at,
          region,
          offset: offset + (at - from),
          readonly,
          nonvolatile,
        });
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
        last.readonly === range.readonly &&
        last.nonvolatile === range.nonvolatile &&
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
