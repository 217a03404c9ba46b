import { HostError } from '../base/errors.ts';
import { PERM_MASK } from '../base/page-table.ts';
import { type EntryDifference, type EntryRun, type HostMapping, IommuDriver } from './iommu-driver.ts';
import type { IommuGroup } from './iommu-group.ts';
import { type IovaRange, withoutHoles } from './iova-ranges.ts';
import type { HostProcess } from './process.ts';

/** `VFIO_IOMMU_GET_INFO` */
export interface Type1Info {
  /** A bit for each IOMMU page size, the bit's value being the size in bytes. */
  readonly pageSizes: bigint;
  /** `VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE`: what can be mapped, ascending. */
  readonly iovaRanges: readonly IovaRange[];
  /** `VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL`: how many more mappings there can be. */
  readonly mappingsAvailable: number;
}

const ADDRESS_SPACE_END = 1n << 64n;

/**
 * The driver of x86 hosts and the like (drivers/vfio/vfio_iommu_type1.c): any I/O address, any length, one
 * record and its memory locked for each mapping. The two types differ in what they may unmap.
 */
export class Type1 extends IommuDriver {
  /** Ascending by `iova`, not overlapping. */
  readonly #mappings: HostMapping[] = [];
  readonly #limit: number;
  readonly #pageMask: bigint;
  #iovaRanges: readonly IovaRange[];
  #mappedBytes = 0n;

  constructor(
    process: HostProcess,
    override readonly type: 'type1' | 'type1v2',
  ) {
    super(process);
    const { mappingLimit, pageSizes, aperture } = process.host.inventory;
    this.#iovaRanges = [aperture];
    this.#limit = mappingLimit;
    this.#pageMask = BigInt((pageSizes[0] ?? 0x1000) - 1);
  }

  getInfo(): Type1Info {
    this.enter('VFIO_IOMMU_GET_INFO');
    const { pageSizes } = this.process.host.inventory;
    return {
      pageSizes: pageSizes.reduce((mask, size) => mask | BigInt(size), 0n),
      iovaRanges: this.#iovaRanges,
      mappingsAvailable: this.mappingsAvailable,
    };
  }

  get mappingsAvailable(): number {
    return this.#limit - this.#mappings.length;
  }

  /** What can be mapped: what the IOMMU translates, without what is reserved for any group. */
  get iovaRanges(): readonly IovaRange[] {
    return this.#iovaRanges;
  }

  /**
   * @throws EINVAL flags, size 0, not of whole IOMMU pages, or not within one IOVA range; EEXIST part of it is mapped;
   * ENOSPC too many mappings; EFAULT no memory there; ENOMEM over the memlock limit
   */
  override mapDma(iova: bigint, vaddr: bigint, size: bigint, flags: number): void {
    const operation = 'VFIO_IOMMU_MAP_DMA';
    this.enter(operation);
    const wrong =
      flags === 0 ||
      (flags & ~PERM_MASK) !== 0 ||
      size === 0n ||
      ((iova | vaddr | size) & this.#pageMask) !== 0n ||
      iova + size > ADDRESS_SPACE_END ||
      vaddr + size > ADDRESS_SPACE_END;
    if (wrong) throw new HostError('EINVAL', operation);
    const index = this.#firstEndingAbove(iova);
    const next = this.#mappings[index];
    if (next !== undefined && next.iova < iova + size) throw new HostError('EEXIST', operation);
    if (this.#mappings.length >= this.#limit) throw new HostError('ENOSPC', operation);
    if (!this.#iovaRanges.some(({ first, last }) => iova >= first && iova + size - 1n <= last))
      throw new HostError('EINVAL', operation);
    if (!this.process.hasMemory(vaddr, size)) throw new HostError('EFAULT', operation);
    this.process.lock(size, operation);
    this.#mappings.splice(index, 0, { iova, size, vaddr, perm: flags });
    this.#mappedBytes += size;
  }

  /**
   * v2 unmaps the mappings inside the range, which may cut none; v1 those whose start is inside it, whole.
   * @throws EINVAL size 0, not of whole IOMMU pages, beyond 64 bits, or (v2) it would cut a mapping in two
   */
  override unmapDma(iova: bigint, size: bigint): bigint {
    const operation = 'VFIO_IOMMU_UNMAP_DMA';
    this.enter(operation);
    const end = iova + size;
    if (size === 0n || ((iova | size) & this.#pageMask) !== 0n || end > ADDRESS_SPACE_END) {
      throw new HostError('EINVAL', operation);
    }
    const from = this.#firstEndingAbove(iova);
    let to = from;
    while ((this.#mappings[to]?.iova ?? ADDRESS_SPACE_END) < end) to++;
    const first = this.#mappings[from];
    const last = this.#mappings[to - 1];
    if (from === to || first === undefined || last === undefined) return 0n;
    if (this.type === 'type1v2') {
      if (first.iova < iova || last.iova + last.size > end) throw new HostError('EINVAL', operation);
    } else if (first.iova < iova) {
      // The old interface gives up, successfully, at a mapping that begins below the range.
      return 0n;
    }
    return this.#remove(from, to);
  }

  override get mappings(): number {
    return this.#mappings.length;
  }

  override get mappedBytes(): bigint {
    return this.#mappedBytes;
  }

  override get lockedBytes(): bigint {
    return this.#mappedBytes;
  }

  override mappingAt(iova: bigint): HostMapping | undefined {
    const mapping = this.#mappings[this.#firstEndingAbove(iova)];
    return mapping !== undefined && mapping.iova <= iova ? mapping : undefined;
  }

  override *mappingsFrom(start: bigint): Iterable<HostMapping> {
    for (let index = this.#firstEndingAbove(start); index < this.#mappings.length; index++) {
      const mapping = this.#mappings[index];
      if (mapping !== undefined) yield mapping;
    }
  }

  /** Only entries that are present, or at whose addresses something is mapped, can differ. */
  override *differences(run: EntryRun): Iterable<EntryDifference> {
    const shift = BigInt(run.pageShift);
    const candidates = new Set<number>();
    run.table.forEachPresent(run.first, run.end, index => candidates.add(index));
    const start = run.base + (BigInt(run.first) << shift);
    const end = run.base + (BigInt(run.end) << shift);
    for (const { iova, size } of this.mappingsFrom(start)) {
      if (iova >= end) break;
      const last = min(iova + size, end) - 1n;
      for (
        let index = Number((max(iova, start) - run.base) >> shift);
        index <= Number((last - run.base) >> shift);
        index++
      )
        candidates.add(index);
    }
    for (const index of [...candidates].sort((a, b) => a - b)) {
      const host = this.differenceAt(run, index);
      if (host !== 'none') yield { index, host };
    }
  }

  protected override nextMapped(iova: bigint, end: bigint): bigint {
    return min(this.#mappings[this.#firstEndingAbove(iova)]?.iova ?? end, end);
  }

  override attachGroup(group: IommuGroup): void {
    super.attachGroup(group);
    this.#narrowRanges();
  }

  override detachGroup(group: IommuGroup): void {
    super.detachGroup(group);
    this.#narrowRanges();
  }

  /**
   * Firmware may insist on mappings of its own, which a domain of somebody else does not have: EPERM. All groups
   * share the mappings, so none may be in the way of a newcomer's reserved addresses: EINVAL.
   */
  protected override admitGroup(group: IommuGroup): void {
    if (group.reserved.some(({ kind }) => kind === 'direct'))
      throw new HostError('EPERM', 'VFIO_GROUP_SET_CONTAINER');
    for (const { first, last } of holesOf(group)) {
      const next = this.#mappings[this.#firstEndingAbove(first)];
      if (next !== undefined && next.iova <= last) throw new HostError('EINVAL', 'VFIO_GROUP_SET_CONTAINER');
    }
  }

  #narrowRanges(): void {
    this.#iovaRanges = withoutHoles(this.process.host.inventory.aperture, this.groups.flatMap(holesOf));
  }

  protected override clear(): void {
    this.#remove(0, this.#mappings.length);
  }

  #remove(from: number, to: number): bigint {
    const removed = this.#mappings.splice(from, to - from);
    const bytes = removed.reduce((sum, mapping) => sum + mapping.size, 0n);
    this.#mappedBytes -= bytes;
    this.process.unlock(bytes);
    return bytes;
  }

  /** Where the first mapping stands that ends above an address: the one that holds it, or the next. */
  #firstEndingAbove(iova: bigint): number {
    let low = 0;
    let high = this.#mappings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const mapping = this.#mappings[middle];
      if (mapping !== undefined && mapping.iova + mapping.size <= iova) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Relaxable ranges are for drivers of the host. */
function holesOf({ reserved }: IommuGroup): readonly IovaRange[] {
  return reserved.filter(({ kind }) => kind !== 'direct-relaxable');
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
