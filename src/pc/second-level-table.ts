import { PageTable, PERM_MASK } from '../base/page-table.ts';
import type { DmaPage } from '../guest/platform.ts';
import type { TranslationRun } from '../memory/iommu-region.ts';

/** log2 of the sizes of pages, bytes (Intel VT-d, 3.6: second-level translation). */
const SMALL = 12;
const LARGE = 21;
const GIANT = 30;
export const PAGE_SHIFTS: readonly number[] = [GIANT, LARGE, SMALL];

/** How many pages of one size there are in one of the next. */
const PER_TABLE = 512;

/** An entry in one of the tables. */
interface Place {
  readonly table: PageTable;
  readonly index: number;
}

/** What is below one entry of the top table: pages of 2 MiB and of 4 KiB, never two at one address. */
interface Gigabyte {
  readonly large: PageTable;
  readonly small: PageTable;
}

/** The page table of a domain: what a guest has put into its memory for the remapping hardware to read. */
export class SecondLevelTable {
  readonly #giant: PageTable;
  readonly #below = new Map<number, Gigabyte>();

  /** @param addressBits of I/O addresses: 39 or 48 */
  constructor(addressBits: number) {
    this.#giant = new PageTable(2 ** (addressBits - GIANT));
  }

  /** Pages mapped, whatever their size. */
  get present(): number {
    let count = this.#giant.present;
    for (const { large, small } of this.#below.values()) count += large.present + small.present;
    return count;
  }

  get mappedBytes(): bigint {
    let bytes = BigInt(this.#giant.present) << BigInt(GIANT);
    for (const { large, small } of this.#below.values()) {
      bytes += (BigInt(large.present) << BigInt(LARGE)) + (BigInt(small.present) << BigInt(SMALL));
    }
    return bytes;
  }

  /** Whether this very page is mapped like that. */
  has({ page, pageShift, low, high }: DmaPage): boolean {
    const place = this.#find(page, pageShift);
    return (
      place !== undefined && place.table.low(place.index) === low && place.table.high(place.index) === high
    );
  }

  /** Writes an entry; pages of other sizes that were at its addresses are gone. 0 for both words removes. */
  set({ page, pageShift, low, high }: DmaPage): void {
    this.#clearOthers(page, pageShift);
    const place = low === 0 && high === 0 ? this.#find(page, pageShift) : this.#make(page, pageShift);
    place?.table.setWords(place.index, low, high);
  }

  /** What is mapped of `start` to `end` (the last byte), ascending; a page counts if any of it is in the range. */
  *runs(start: bigint, end: bigint): Generator<TranslationRun> {
    const last = Math.min(Number(end >> BigInt(GIANT)), this.#giant.length - 1);
    for (
      let gigabyte = this.#next(Number(start >> BigInt(GIANT)));
      gigabyte <= last;
      gigabyte = this.#next(gigabyte + 1)
    ) {
      if ((this.#giant.low(gigabyte) & PERM_MASK) !== 0) {
        yield { table: this.#giant, first: gigabyte, end: gigabyte + 1, pageShift: GIANT, base: 0n };
        continue;
      }
      const below = this.#below.get(gigabyte);
      if (below !== undefined) yield* runsBelow(below, BigInt(gigabyte) << BigInt(GIANT), start, end);
    }
  }

  /** The pages of `runs`, one by one. */
  *pages(start: bigint, end: bigint): Generator<DmaPage> {
    for (const { table, first, end: stop, pageShift, base } of this.runs(start, end)) {
      const firstPage = Number(base >> BigInt(pageShift));
      const found: DmaPage[] = [];
      table.forEachPresent(first, stop, (index, low, high) => {
        found.push({ page: firstPage + index, pageShift, low, high });
      });
      // The table may be changed while the caller looks at what was found.
      yield* found;
    }
  }

  clear(): void {
    this.#giant.clear();
    this.#below.clear();
  }

  /** The first gigabyte from `from` on with anything in it; beyond the last where there is none. */
  #next(from: number): number {
    let nearest = Number.POSITIVE_INFINITY;
    for (const gigabyte of this.#below.keys()) if (gigabyte >= from && gigabyte < nearest) nearest = gigabyte;
    const limit = Math.min(nearest, this.#giant.length);
    if (this.#giant.present > 0) {
      for (let gigabyte = from; gigabyte < limit; gigabyte++)
        if ((this.#giant.low(gigabyte) & PERM_MASK) !== 0) return gigabyte;
    }
    return nearest;
  }

  #find(page: number, pageShift: number): Place | undefined {
    if (pageShift === GIANT) return { table: this.#giant, index: page };
    const perGigabyte = 2 ** (GIANT - pageShift);
    const below = this.#below.get(Math.floor(page / perGigabyte));
    if (below === undefined) return undefined;
    return { table: pageShift === LARGE ? below.large : below.small, index: page % perGigabyte };
  }

  #make(page: number, pageShift: number): Place | undefined {
    if (pageShift !== GIANT) {
      const gigabyte = Math.floor(page / 2 ** (GIANT - pageShift));
      if (!this.#below.has(gigabyte)) {
        this.#below.set(gigabyte, { large: new PageTable(PER_TABLE), small: new PageTable(PER_TABLE ** 2) });
      }
    }
    return this.#find(page, pageShift);
  }

  /** An entry is either a page or leads to a table of smaller ones. */
  #clearOthers(page: number, pageShift: number): void {
    const address = page * 2 ** (pageShift - SMALL);
    const gigabyte = Math.floor(address / PER_TABLE ** 2);
    if (pageShift === GIANT) {
      this.#below.delete(gigabyte);
      return;
    }
    this.#giant.setWords(gigabyte, 0, 0);
    const below = this.#below.get(gigabyte);
    if (below === undefined) return;
    const large = Math.floor(address / PER_TABLE) % PER_TABLE;
    if (pageShift === SMALL) below.large.setWords(large, 0, 0);
    else below.small.clearRange(large * PER_TABLE, (large + 1) * PER_TABLE);
  }
}

/** Small pages, with the large ones between them. */
function* runsBelow(
  { large, small }: Gigabyte,
  base: bigint,
  start: bigint,
  end: bigint,
): Generator<TranslationRun> {
  const clip = (shift: number) => ({
    first: start <= base ? 0 : Number((start - base) >> BigInt(shift)),
    end: Math.min(Number((end - base) >> BigInt(shift)) + 1, 2 ** (GIANT - shift)),
  });
  const smallClip = clip(SMALL);
  let from = smallClip.first;
  if (large.present > 0) {
    const { first, end: stop } = clip(LARGE);
    for (let slot = first; slot < stop; slot++) {
      if ((large.low(slot) & PERM_MASK) === 0) continue;
      const at = slot * PER_TABLE;
      if (from < at && small.present > 0)
        yield { table: small, first: from, end: at, pageShift: SMALL, base };
      yield { table: large, first: slot, end: slot + 1, pageShift: LARGE, base };
      from = at + PER_TABLE;
    }
  }
  if (from < smallClip.end && small.present > 0)
    yield { table: small, first: from, end: smallClip.end, pageShift: SMALL, base };
}
