import { HostError } from '../base/errors.ts';
import type { PageTable } from '../base/page-table.ts';
import { PERM_MASK } from '../base/page-table.ts';
import type { IommuGroup } from './iommu-group.ts';
import type { HostOperation } from './operations.ts';
import type { HostProcess } from './process.ts';

/** What `VFIO_SET_IOMMU` can choose. */
export type IommuType = 'type1' | 'type1v2' | 'spapr-tce-v1' | 'spapr-tce-v2';

/** One thing the host's IOMMU translates: `size` bytes from `iova` on go to `vaddr` of the process. */
export interface HostMapping {
  readonly iova: bigint;
  readonly size: bigint;
  readonly vaddr: bigint;
  /** `PERM_READ`, `PERM_WRITE` or both: what the device may do. */
  readonly perm: number;
}

/** A page table of the caller's, and which part of it is meant: `first <= index < end`. */
export interface EntryRun {
  readonly table: PageTable;
  readonly first: number;
  readonly end: number;
  /** Entries stand for pages of 2^pageShift bytes; address bits below that are ignored. */
  readonly pageShift: number;
  /** I/O address of entry 0. */
  readonly base: bigint;
}

export interface EntryDifference {
  readonly index: number;
  /** What the host has instead; `undefined`: nothing. */
  readonly host: HostMapping | undefined;
}

/** Entries without contents, for unmapping. */
export type EntryRange = Omit<EntryRun, 'table'>;

export interface MapHandlers {
  /** The call for this entry failed; the following ones are made all the same. Must not throw or change mappings. */
  readonly failed: (index: number, error: HostError) => void;
  /**
   * If given, no call is made for an entry whose page is not memory of the process; this is called instead.
   * It stands for the check of its own that a caller makes before each call.
   */
  readonly notMemory?: (index: number) => void;
}

/** The IOMMU driver of a container: what it does with the ioctls that are not the container's own. */
export abstract class IommuDriver {
  abstract readonly type: IommuType;
  readonly #groups: IommuGroup[] = [];
  #released = false;

  constructor(protected readonly process: HostProcess) {}

  protected get groups(): readonly IommuGroup[] {
    return this.#groups;
  }

  /** Takes a group in, or throws HostError. Called by the container, as `detachGroup` and `release`. */
  attachGroup(group: IommuGroup): void {
    this.admitGroup(group);
    this.#groups.push(group);
  }

  detachGroup(group: IommuGroup): void {
    const index = this.#groups.indexOf(group);
    if (index >= 0) this.#groups.splice(index, 1);
    if (this.#groups.length === 0) this.clear();
  }

  /** Ends the driver: nothing stays mapped, registered or locked. */
  release(): void {
    this.clear();
    this.#released = true;
  }

  /** Throws if the group cannot be attached beside those that are. */
  protected abstract admitGroup(group: IommuGroup): void;

  /** Drops every mapping, when no group is left that could use one. */
  protected abstract clear(): void;

  /**
   * `VFIO_IOMMU_MAP_DMA`.
   * @param iova I/O address, bytes
   * @param vaddr process address, bytes
   * @param flags `PERM_READ | PERM_WRITE` (the values of VFIO_DMA_MAP_FLAG_READ and _WRITE)
   */
  abstract mapDma(iova: bigint, vaddr: bigint, size: bigint, flags: number): void;

  /** `VFIO_IOMMU_UNMAP_DMA`. @returns how many bytes were unmapped */
  abstract unmapDma(iova: bigint, size: bigint): bigint;

  /** IOMMU entries in use: pages on sPAPR, mappings on type1. */
  abstract get mappings(): number;
  abstract get mappedBytes(): bigint;
  /** What this container has charged against the memlock limit. */
  abstract get lockedBytes(): bigint;

  /** What translates an I/O address: a page on sPAPR, a whole mapping on type1. */
  abstract mappingAt(iova: bigint): HostMapping | undefined;

  /** How much one entry translates at an address that is mapped: a page on sPAPR, the mapping on type1; bytes. */
  entrySizeAt(iova: bigint): bigint {
    return this.mappingAt(iova)?.size ?? this.smallestPage;
  }

  /** Whether all of these bytes are memory of the process, to which alone mappings may lead. */
  isMemory(vaddr: bigint, size: bigint): boolean {
    return this.process.hasMemory(vaddr, size);
  }

  /** What is mapped and ends above `start`, ascending; not merged. For queries. */
  abstract mappingsFrom(start: bigint): Iterable<HostMapping>;

  /** `VFIO_IOMMU_MAP_DMA` for each present entry of a table, one call an entry, ascending. */
  mapEntries(run: EntryRun, handlers: MapHandlers): void {
    this.mapOneByOne(run, handlers);
  }

  /** `VFIO_IOMMU_UNMAP_DMA` for each entry, present or not, one call an entry, ascending. */
  unmapEntries(range: EntryRange, failed: MapHandlers['failed']): void {
    this.unmapOneByOne(range, failed);
  }

  /**
   * The entries of a run for which the host has something else than `mapEntries` would have made of them:
   * the mapping of the page if it is present and points to memory of the process, else none.
   */
  *differences(run: EntryRun): Iterable<EntryDifference> {
    for (let index = run.first; index < run.end; index++) {
      const host = this.differenceAt(run, index);
      if (host !== 'none') yield { index, host };
    }
  }

  /** What the host has for the first I/O address of an entry's page that is not translated as it should be. */
  protected differenceAt(run: EntryRun, index: number): HostMapping | undefined | 'none' {
    const pageShift = BigInt(run.pageShift);
    const size = 1n << pageShift;
    const entry = run.table.get(index);
    const vaddr = (entry >> pageShift) << pageShift;
    const perm = Number(entry & BigInt(PERM_MASK));
    const isExpected = perm !== 0 && this.process.hasMemory(vaddr, size);
    const iova = run.base + (BigInt(index) << pageShift);
    const end = iova + size;
    for (let at = iova; at < end; ) {
      const host = this.mappingAt(at);
      const same =
        host === undefined
          ? !isExpected
          : isExpected && host.vaddr - host.iova === vaddr - iova && host.perm === perm;
      if (!same) return host;
      at = host === undefined ? this.nextMapped(at, end) : host.iova + host.size;
    }
    return 'none';
  }

  /** Where after `iova`, which is not mapped, something may be mapped again, or `end`. */
  protected nextMapped(iova: bigint, _end: bigint): bigint {
    return iova + this.smallestPage;
  }

  /** The smallest IOMMU page, bytes. */
  protected get smallestPage(): bigint {
    return BigInt(this.process.host.inventory.pageSizes[0] ?? 0x1000);
  }

  protected mapOneByOne(run: EntryRun, { failed, notMemory }: MapHandlers): void {
    const pageShift = BigInt(run.pageShift);
    const size = 1n << pageShift;
    run.table.forEachPresent(run.first, run.end, (index, low, high) => {
      const entry = (BigInt(high) << 32n) | BigInt(low);
      const vaddr = (entry >> pageShift) << pageShift;
      if (notMemory !== undefined && !this.process.hasMemory(vaddr, size)) {
        notMemory(index);
        return;
      }
      try {
        this.mapDma(run.base + (BigInt(index) << pageShift), vaddr, size, low & PERM_MASK);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        failed(index, error);
      }
    });
  }

  protected unmapOneByOne(range: EntryRange, failed: MapHandlers['failed']): void {
    const pageShift = BigInt(range.pageShift);
    for (let index = range.first; index < range.end; index++) {
      try {
        this.unmapDma(range.base + (BigInt(index) << pageShift), 1n << pageShift);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        failed(index, error);
      }
    }
  }

  /** Start of each operation. @throws a fault that was asked for; EINVAL if the container has lost its driver */
  protected enter(operation: HostOperation): void {
    if (this.#released) throw new HostError('EINVAL', operation);
    const { faults } = this.process.host;
    if (faults.isArmed(operation)) {
      faults.check(
        operation,
        this.#groups.map(group => group.id),
      );
    }
  }
}
