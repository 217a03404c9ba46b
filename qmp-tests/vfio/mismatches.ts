import assert from 'node:assert/strict';
import { CHUNK_ENTRIES, type PageTable, PERM_MASK, PERM_READ } from '../../src/base/page-table.ts';
import type { IommuDriver } from '../../src/host/iommu-driver.ts';
import { SpaprTceDriver } from '../../src/host/iommu-spapr.ts';
import type { IommuTable } from '../../src/host/iommu-table.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { IommuMemoryRegion, type TranslationRun } from '../../src/memory/iommu-region.ts';
import type { VfioContainer } from '../../src/vfio/container.ts';
import { type Memory, memoryOf } from './guest-memory.ts';

/** I/O addresses of which guest and host differ; entries are addresses with the permission in the low bits. */
export interface Mismatch {
  readonly container: number;
  /** Of the first page; `guest` and `host` are what that leads to. */
  readonly iova: number;
  /** As far as both sides go on alike, bytes. */
  readonly size: number;
  readonly guest: number | undefined;
  readonly host: number | undefined;
}

const PAGE = 0x1000;
const PAGE_SHIFT = 12;
const PAGES_PER_WORD = 0x100000;

/**
 * Where the host's tables are not what the guest's ask for: those of its IOMMUs as far as they lead to memory,
 * and memory itself where devices see that. Every entry is looked at, on both sides, in plain words.
 */
export function mismatchesOf(machine: Machine): readonly Mismatch[] {
  const memory = memoryOf(machine);
  return machine.vfio.containers.flatMap(container => {
    const { iommu } = container;
    if (iommu instanceof SpaprTceDriver) return new TableComparison(container, iommu.windows, memory).found;
    return mappingMismatches(container, iommu, memory);
  });
}

/** What the guest translates for a container, by I/O addresses. */
function runsOf({ guestIommus }: VfioContainer): readonly TranslationRun[] {
  return guestIommus.flatMap(({ region, start, end, offset }) =>
    [...region.translations(start, end)].map(run => ({ ...run, base: run.base + offset })),
  );
}

function pageOf(low: number, high: number): number {
  return high * PAGES_PER_WORD + (low >>> PAGE_SHIFT);
}

/** A window of the host: from page to page, with pages of `step` times 4 KiB. */
interface HostWindow {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly entries: PageTable;
}

/** TCE tables of the guest against those of the host, whose pages are no larger. */
class TableComparison {
  readonly found: Mismatch[] = [];
  readonly #runs: readonly TranslationRun[];
  readonly #windows: readonly HostWindow[];
  /** Entries of the host that stand behind a present entry of the guest. */
  #accounted = 0;

  constructor(
    private readonly container: VfioContainer,
    tables: readonly IommuTable[],
    private readonly memory: Memory,
  ) {
    this.#runs = runsOf(container);
    this.#windows = tables.map(({ start, size, pageShift, entries }) => {
      return { ...pagesOf(start, size), step: 2 ** (pageShift - PAGE_SHIFT), entries };
    });
    for (const run of this.#runs) this.#compareRun(run);
    const present = this.#windows.reduce((sum, { entries }) => sum + presentEntries(entries), 0);
    if (present > this.#accounted) this.#findUnasked();
  }

  #compareRun({ table, first, end, pageShift, base }: TranslationRun): void {
    const pages = 2 ** (pageShift - PAGE_SHIFT);
    const basePage = Number(base >> BigInt(PAGE_SHIFT));
    table.forEachPresent(first, end, (index, low, high) => {
      const start = basePage + index * pages;
      const page = pageOf(low, high);
      this.#compareEntry(start, pages, page - (page % pages), low & PERM_MASK);
    });
  }

  #compareEntry(start: number, pages: number, target: number, perm: number): void {
    const asked = this.memory.covers(target, target + pages);
    const window = this.#windowAt(start);
    if (window === undefined) {
      if (asked) this.#note(start, pages, entry(target, perm), undefined);
      return;
    }
    const { entries, step } = window;
    let index = (start - window.start) / step;
    let isRight = true;
    for (let at = 0; at < pages; at += step, index++) {
      const low = entries.low(index);
      const hostPerm = low & PERM_MASK;
      if (hostPerm !== 0) this.#accounted++;
      const same = asked
        ? hostPerm === perm && pageOf(low, entries.high(index)) === target + at
        : hostPerm === 0;
      if (same || !isRight) continue;
      isRight = false;
      const host = hostPerm === 0 ? undefined : entry(pageOf(low, entries.high(index)), hostPerm);
      this.#note(start, pages, asked ? entry(target, perm) : undefined, host);
    }
  }

  /** What the host has where the guest has no entry. It is told by guest's entries, however small the host's are. */
  #findUnasked(): void {
    const told = new Set(this.found.map(({ iova }) => iova));
    for (const { start: windowStart, step, entries } of this.#windows) {
      entries.forEachPresent(0, entries.length, (index, low, high) => {
        const page = windowStart + index * step;
        const { start, pages, isPresent } = this.#guestEntryAt(page, step);
        if (isPresent || told.has(start * PAGE)) return;
        told.add(start * PAGE);
        this.#note(start, pages, undefined, entry(pageOf(low, high), low & PERM_MASK));
      });
    }
  }

  /** @param otherwise how many pages count as one where the guest has no table */
  #guestEntryAt(page: number, otherwise: number) {
    for (const { table, first, end, pageShift, base } of this.#runs) {
      const pages = 2 ** (pageShift - PAGE_SHIFT);
      const index = Math.floor((page - Number(base >> BigInt(PAGE_SHIFT))) / pages);
      if (index < first || index >= end) continue;
      const start = Number(base >> BigInt(PAGE_SHIFT)) + index * pages;
      return { start, pages, isPresent: (table.low(index) & PERM_MASK) !== 0 };
    }
    return { start: page, pages: otherwise, isPresent: false };
  }

  #windowAt(page: number): HostWindow | undefined {
    return this.#windows.find(({ start, end }) => page >= start && page < end);
  }

  #note(page: number, pages: number, guest: number | undefined, host: number | undefined): void {
    this.found.push({ container: this.container.id, iova: page * PAGE, size: pages * PAGE, guest, host });
  }
}

function entry(page: number, perm: number): number {
  return page * PAGE + perm;
}

/** Counted, not asked for. */
function presentEntries(table: PageTable): number {
  let count = 0;
  for (let first = 0; first < table.length; first += CHUNK_ENTRIES) {
    const words = table.chunk(first);
    if (words === undefined) continue;
    for (let at = 0; at < words.length; at += 2) if (((words[at] ?? 0) & PERM_MASK) !== 0) count++;
  }
  assert.equal(table.present, count, 'a table does not know how many entries it has');
  return count;
}

/** A range of I/O addresses and what it leads to, in pages. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly target: number;
  readonly perm: number;
}

/** What the guest asks of a host without tables, against its list of mappings. */
function mappingMismatches(
  container: VfioContainer,
  iommu: IommuDriver,
  memory: Memory,
): readonly Mismatch[] {
  const asked = ascending([...memoryShown(container), ...translated(container, memory)]);
  const actual = ascending(hostRanges(iommu));
  if (areSame(merged(asked), merged(actual))) return [];
  const ends = new Set([...asked, ...actual].flatMap(({ start, end }) => [start, end]));
  const cuts = [...ends].sort((a, b) => a - b);
  const guestAt = reader(asked);
  const hostAt = reader(actual);
  return cuts.flatMap((page, i) => {
    const guest = guestAt(page);
    const host = hostAt(page);
    const size = ((cuts[i + 1] ?? page) - page) * PAGE;
    return guest === host ? [] : [{ container: container.id, iova: page * PAGE, size, guest, host }];
  });
}

/** Memory that devices see at its own addresses. */
function memoryShown({ space }: VfioContainer): readonly Range[] {
  return space.dmaSpace.view.flatMap(({ region, start, size, readonly }) => {
    if (region.kind !== 'ram' && region.kind !== 'rom') return [];
    const perm = readonly ? PERM_READ : PERM_MASK;
    return [{ ...pagesOf(start, size), target: pagesOf(start, size).start, perm }];
  });
}

function translated(container: VfioContainer, memory: Memory): readonly Range[] {
  const ranges: Range[] = [];
  for (const { table, first, end, pageShift, base } of runsOf(container)) {
    const pages = 2 ** (pageShift - PAGE_SHIFT);
    table.forEachPresent(first, end, (index, low, high) => {
      const start = Number(base >> BigInt(PAGE_SHIFT)) + index * pages;
      const target = pageOf(low, high);
      if (!memory.covers(target, target + pages)) return;
      ranges.push({ start, end: start + pages, target, perm: low & PERM_MASK });
    });
  }
  return ranges;
}

function hostRanges(iommu: IommuDriver): readonly Range[] {
  return [...iommu.mappingsFrom(0n)].map(({ iova, size, vaddr, perm }) => {
    return { ...pagesOf(iova, size), target: Number(vaddr >> BigInt(PAGE_SHIFT)), perm };
  });
}

function pagesOf(start: bigint, size: bigint): { readonly start: number; readonly end: number } {
  const first = Number(start >> BigInt(PAGE_SHIFT));
  return { start: first, end: first + Number(size >> BigInt(PAGE_SHIFT)) };
}

function ascending(ranges: readonly Range[]): readonly Range[] {
  return ranges.toSorted((a, b) => a.start - b.start);
}

/** Neighbours that go on become one. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    const goesOn =
      last !== undefined &&
      last.end === range.start &&
      last.perm === range.perm &&
      last.target + (range.start - last.start) === range.target;
    if (goesOn) result[result.length - 1] = { ...last, end: range.end };
    else result.push(range);
  }
  return result;
}

function areSame(some: readonly Range[], others: readonly Range[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ start, end, target, perm }, i) => {
      const other = others[i];
      return start === other?.start && end === other.end && target === other.target && perm === other.perm;
    })
  );
}

/** What ranges make of a page; to be asked in ascending order. */
function reader(ranges: readonly Range[]): (page: number) => number | undefined {
  let next = 0;
  return page => {
    while ((ranges[next]?.end ?? Number.POSITIVE_INFINITY) <= page) next++;
    const range = ranges[next];
    if (range === undefined || range.start > page) return undefined;
    return entry(range.target + (page - range.start), range.perm);
  };
}

/** What a container shows of the guest's IOMMUs, as its listener keeps it and as the address space has it. */
export function assertFollowsIommus(container: VfioContainer): void {
  const shown = container.space.dmaSpace.view.flatMap(({ region, start, size, offset }) =>
    region instanceof IommuMemoryRegion ? [`${region.label} ${start} ${offset} ${size}`] : [],
  );
  const followed = container.guestIommus.map(({ region, start, size, offset }) => {
    return `${region.label} ${start + offset} ${start} ${size}`;
  });
  assert.deepEqual(followed.sort(), shown.sort());
}
