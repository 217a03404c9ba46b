import type { Errno } from '../base/errors.ts';
import { HostError } from '../base/errors.ts';
import { CHUNK_ENTRIES, PERM_MASK } from '../base/page-table.ts';
import {
  type EntryDifference,
  type EntryRange,
  type EntryRun,
  type HostMapping,
  IommuDriver,
  type MapHandlers,
} from './iommu-driver.ts';
import type { IommuTable, Memory } from './iommu-table.ts';
import { PAGE_SHIFT } from './memory-map.ts';
import type { HostOperation } from './operations.ts';

/** `VFIO_IOMMU_SPAPR_TCE_GET_INFO` */
export interface SpaprTceInfo {
  /** The 32-bit window, bytes. */
  readonly dma32WindowStart: bigint;
  readonly dma32WindowSize: bigint;
  /** What windows can be made; only v2 has it. */
  readonly ddw: SpaprDdwInfo | undefined;
}

export interface SpaprDdwInfo {
  /** A bit for each IOMMU page size, the bit's value being the size in bytes. */
  readonly pageSizes: bigint;
  readonly maxDynamicWindows: number;
  readonly levels: number;
}

/** The part of entries `first <= index < end` of a run that lies in one window, or in none. */
interface Segment {
  readonly first: number;
  readonly end: number;
  readonly table: IommuTable | undefined;
}

/** What both versions of the sPAPR driver (drivers/vfio/vfio_iommu_spapr_tce.c) have in common. */
export abstract class SpaprTceDriver extends IommuDriver {
  /** The windows there are, ascending by address. */
  abstract get windows(): readonly IommuTable[];

  /** Where mappings may point. */
  protected abstract get memory(): Memory;

  /** Throws unless mappings can be changed now. */
  protected abstract requireEnabled(operation: HostOperation): void;

  getInfo(): SpaprTceInfo {
    const operation = 'VFIO_IOMMU_SPAPR_TCE_GET_INFO';
    this.enter(operation);
    if (this.groups.length === 0) throw new HostError('ENXIO', operation);
    const { window } = this.process.host.inventory;
    return { dma32WindowStart: window.start, dma32WindowSize: window.size, ddw: this.ddwInfo };
  }

  protected abstract get ddwInfo(): SpaprDdwInfo | undefined;

  /**
   * @throws EPERM not enabled; EINVAL other flags than read and write or none, not of whole IOMMU pages, not
   * inside one window; EFAULT no memory; EPERM memory of pages smaller than the window's; EBUSY an entry is taken
   */
  override mapDma(iova: bigint, vaddr: bigint, size: bigint, flags: number): void {
    const operation = 'VFIO_IOMMU_MAP_DMA';
    this.enter(operation);
    this.requireEnabled(operation);
    if (flags === 0 || (flags & ~PERM_MASK) !== 0) throw new HostError('EINVAL', operation);
    const table = this.#tableFor(iova, size, operation);
    if (((iova | vaddr | size) & (table.pageSize - 1n)) !== 0n) throw new HostError('EINVAL', operation);
    const count = Number(size >> BigInt(table.pageShift));
    const page = Number(vaddr >> BigInt(PAGE_SHIFT));
    const errno = table.map(table.indexOf(iova), count, page, flags, this.memory);
    if (errno !== undefined) throw new HostError(errno, operation);
  }

  /** @throws EPERM not enabled; EINVAL not of whole IOMMU pages or not inside one window */
  override unmapDma(iova: bigint, size: bigint): bigint {
    const operation = 'VFIO_IOMMU_UNMAP_DMA';
    this.enter(operation);
    this.requireEnabled(operation);
    const table = this.#tableFor(iova, size, operation);
    if (((iova | size) & (table.pageSize - 1n)) !== 0n) throw new HostError('EINVAL', operation);
    return table.unmap(table.indexOf(iova), Number(size >> BigInt(table.pageShift)));
  }

  override mapEntries(run: EntryRun, handlers: MapHandlers): void {
    if (!this.#canBatch('VFIO_IOMMU_MAP_DMA')) {
      this.mapOneByOne(run, handlers);
      return;
    }
    const errors = new Map<Errno, HostError>();
    const refused = (index: number, page: number, errno: Errno): void => {
      const pages = 2 ** (run.pageShift - PAGE_SHIFT);
      if (handlers.notMemory !== undefined && !this.process.memory.covers(page, page + pages)) {
        handlers.notMemory(index);
        return;
      }
      const error = errors.get(errno) ?? new HostError(errno, 'VFIO_IOMMU_MAP_DMA');
      errors.set(errno, error);
      handlers.failed(index, error);
    };
    for (const { first, end, table } of this.#segments(run)) {
      if (table === undefined) this.mapOneByOne({ ...run, first, end }, handlers);
      else table.mapEntries(run, first, end, offsetIn(table, run), this.memory, refused);
    }
  }

  override unmapEntries(range: EntryRange, failed: MapHandlers['failed']): void {
    if (!this.#canBatch('VFIO_IOMMU_UNMAP_DMA')) {
      this.unmapOneByOne(range, failed);
      return;
    }
    for (const { first, end, table } of this.#segments(range)) {
      if (table === undefined) {
        this.unmapOneByOne({ ...range, first, end }, failed);
      } else {
        const ratio = 2 ** (range.pageShift - table.pageShift);
        table.unmap(offsetIn(table, range) + first * ratio, (end - first) * ratio);
      }
    }
  }

  /** Whether many calls of one kind can be made at once without anyone being able to tell. */
  #canBatch(operation: HostOperation): boolean {
    if (this.process.host.faults.isArmed(operation)) return false;
    try {
      this.requireEnabled(operation);
      return true;
    } catch {
      return false;
    }
  }

  /** Cuts a range at the borders of windows. Pages smaller than a window's, or across its border, are in none. */
  *#segments(range: EntryRange): Iterable<Segment> {
    const { base, end } = range;
    const pageShift = BigInt(range.pageShift);
    const lastBit = (1n << pageShift) - 1n;
    let index = range.first;
    for (const table of this.windows) {
      const aligned = ((table.start - base) & (table.pageSize - 1n)) === 0n;
      if (!aligned || range.pageShift < table.pageShift) continue;
      const first = clamp((table.start - base + lastBit) >> pageShift, index, end);
      const tableEnd = clamp((table.end - base) >> pageShift, first, end);
      if (index < first) yield { first: index, end: first, table: undefined };
      if (first < tableEnd) yield { first, end: tableEnd, table };
      index = tableEnd;
    }
    if (index < end) yield { first: index, end, table: undefined };
  }

  override get mappings(): number {
    return this.windows.reduce((sum, table) => sum + table.entries.present, 0);
  }

  override get mappedBytes(): bigint {
    return this.windows.reduce((sum, table) => sum + table.mappedBytes, 0n);
  }

  override mappingAt(iova: bigint): HostMapping | undefined {
    return this.windows.find(table => table.contains(iova, 1n))?.mappingAt(iova);
  }

  override *differences(run: EntryRun): Iterable<EntryDifference> {
    for (const { first, end, table } of this.#segments(run)) {
      if (table === undefined || table.pageShift !== run.pageShift) {
        yield* super.differences({ ...run, first, end });
      } else {
        yield* this.#differencesIn(table, run, first, end);
      }
    }
  }

  /** For pages of one size. Chunks that are the same word by word need no look at each entry. */
  *#differencesIn(table: IommuTable, run: EntryRun, first: number, end: number): Iterable<EntryDifference> {
    const offset = offsetIn(table, run);
    const { memory } = this.process;
    for (let index = first; index < end; ) {
      const next = Math.min(end, index + CHUNK_ENTRIES - (index % CHUNK_ENTRIES));
      const summary = run.table.summary(index);
      const inMemory = summary === undefined || table.allPossible(summary, memory);
      if (inMemory && run.table.equals(table.entries, index, offset + index, next - index)) {
        index = next;
        continue;
      }
      for (; index < next; index++) {
        const asked = table.isAsAsked(offset + index, run.table.low(index), run.table.high(index), memory);
        if (!asked) yield { index, host: table.mappingAt(table.iovaOf(offset + index)) };
      }
    }
  }

  override *mappingsFrom(start: bigint): Iterable<HostMapping> {
    for (const table of this.windows) yield* table.mappingsFrom(start);
  }

  #tableFor(iova: bigint, size: bigint, operation: HostOperation): IommuTable {
    const table = this.windows.find(window => window.contains(iova, size));
    if (table === undefined) throw new HostError('EINVAL', operation);
    return table;
  }
}

/** The entry of the table where entry 0 of the range begins. */
function offsetIn(table: IommuTable, range: EntryRange): number {
  return Number((range.base - table.start) >> BigInt(table.pageShift));
}

function clamp(value: bigint, low: number, high: number): number {
  return value <= BigInt(low) ? low : value >= BigInt(high) ? high : Number(value);
}
