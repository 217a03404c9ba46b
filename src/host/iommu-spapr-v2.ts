import { HostError } from '../base/errors.ts';
import type { IommuGroup } from './iommu-group.ts';
import { type SpaprDdwInfo, SpaprTceDriver } from './iommu-spapr.ts';
import { IommuTable, type Memory } from './iommu-table.ts';
import { pagesOf } from './memory-map.ts';
import type { HostOperation } from './operations.ts';
import type { MemoryRegistration } from './registered-memory.ts';

export interface WindowOptions {
  readonly pageShift: number;
  /** Bytes, a power of two. */
  readonly size: bigint;
  /** Levels of the TCE table, from 1. */
  readonly levels: number;
}

/**
 * The second sPAPR interface: memory is registered once and then mapped at will; windows are made and removed,
 * and every group of the container gets all of them. At first there is the 32-bit window.
 */
export class SpaprTceV2 extends SpaprTceDriver {
  override readonly type = 'spapr-tce-v2';
  /** By window number, which decides the address. */
  #slots: (IommuTable | undefined)[] = [];
  /** The same, ascending by address. */
  #windows: readonly IommuTable[] = [];
  readonly #registered = new Set<MemoryRegistration>();

  /**
   * Pins memory and charges it, once a process: other containers may register the same region too.
   * @throws EINVAL not of whole system pages, or it overlaps another region; EBUSY this container has it;
   * ENOMEM over the memlock limit; EFAULT no memory there
   */
  registerMemory(vaddr: bigint, size: bigint): void {
    const operation = 'VFIO_IOMMU_SPAPR_REGISTER_MEMORY';
    this.enter(operation);
    this.#requireSystemPages(vaddr, size, operation);
    const memory = this.process.registeredMemory;
    const known = memory.find(vaddr, size);
    if (known !== undefined && this.#registered.has(known)) throw new HostError('EBUSY', operation);
    this.#registered.add(memory.acquire(vaddr, size));
  }

  /** @throws EINVAL as above; ENOENT this container has not registered it; EBUSY it is mapped somewhere */
  unregisterMemory(vaddr: bigint, size: bigint): void {
    const operation = 'VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY';
    this.enter(operation);
    this.#requireSystemPages(vaddr, size, operation);
    const region = this.process.registeredMemory.find(vaddr, size);
    if (region === undefined || !this.#registered.has(region)) throw new HostError('ENOENT', operation);
    const mapped = this.#windows.some(table => table.pointsInto(region.first, region.end));
    if (mapped) throw new HostError('EBUSY', operation);
    this.#registered.delete(region);
    this.process.registeredMemory.drop(region);
  }

  /**
   * @returns the window's bus address, which is the host's choice
   * @throws ENXIO without a group; ENOSPC as many windows as there can be; EINVAL page size, size or levels
   * are not possible
   */
  createWindow({ pageShift, size, levels }: WindowOptions): bigint {
    const operation = 'VFIO_IOMMU_SPAPR_TCE_CREATE';
    this.enter(operation);
    if (this.groups.length === 0) throw new HostError('ENXIO', operation);
    const { ddw, pageSizes, window } = this.process.host.inventory;
    const free = this.#slots.indexOf(undefined);
    const number = free < 0 ? this.#slots.length : free;
    if (number >= ddw.windows) throw new HostError('ENOSPC', operation);
    const possible =
      pageSizes.includes(2 ** pageShift) &&
      levels >= 1 &&
      levels <= ddw.levels &&
      (size & (size - 1n)) === 0n &&
      size >= 1n << BigInt(pageShift) &&
      IommuTable.isPossible(size, pageShift);
    if (!possible) throw new HostError('EINVAL', operation);
    const start = number === 0 ? window.start : ddw.base + BigInt(number - 1) * ddw.base;
    this.#setSlot(number, new IommuTable(start, size, pageShift));
    return start;
  }

  /** @param start any bus address of the window @throws ENXIO without a group, EINVAL there is no such window */
  removeWindow(start: bigint): void {
    const operation = 'VFIO_IOMMU_SPAPR_TCE_REMOVE';
    this.enter(operation);
    if (this.groups.length === 0) throw new HostError('ENXIO', operation);
    const number = this.#slots.findIndex(table => table?.contains(start, 1n));
    if (number < 0) throw new HostError('EINVAL', operation);
    this.#setSlot(number, undefined);
  }

  override get windows(): readonly IommuTable[] {
    return this.#windows;
  }

  override get lockedBytes(): bigint {
    return [...this.#registered].reduce((sum, region) => sum + region.size, 0n);
  }

  override release(): void {
    super.release();
    for (const region of this.#registered) this.process.registeredMemory.drop(region);
    this.#registered.clear();
  }

  override attachGroup(group: IommuGroup): void {
    const first = this.groups.length === 0;
    super.attachGroup(group);
    if (!first) return;
    const { window, pageSizes } = this.process.host.inventory;
    const pageShift = Math.log2(pageSizes[0] ?? 0x1000);
    this.#setSlot(0, new IommuTable(window.start, window.size, pageShift));
  }

  protected override get memory(): Memory {
    return this.process.registeredMemory;
  }

  protected override get ddwInfo(): SpaprDdwInfo {
    const { ddw, pageSizes } = this.process.host.inventory;
    return {
      pageSizes: pageSizes.reduce((mask, size) => mask | BigInt(size), 0n),
      maxDynamicWindows: ddw.windows,
      levels: ddw.levels,
    };
  }

  protected override requireEnabled(_operation: HostOperation): void {
    // Mappings are possible at once: what is not registered cannot be reached anyway.
  }

  /** A bridge without dynamic windows cannot be given this container's tables. */
  protected override admitGroup(group: IommuGroup): void {
    if (!group.ddw) throw new HostError('EPERM', 'VFIO_GROUP_SET_CONTAINER');
  }

  protected override clear(): void {
    this.#slots = [];
    this.#windows = [];
  }

  #setSlot(number: number, table: IommuTable | undefined): void {
    this.#slots[number] = table;
    this.#windows = this.#slots
      .filter(slot => slot !== undefined)
      .sort((a, b) => (a.start < b.start ? -1 : 1));
  }

  #requireSystemPages(vaddr: bigint, size: bigint, operation: HostOperation): void {
    const mask = BigInt(this.process.host.inventory.systemPageSize - 1);
    if (((vaddr | size) & mask) !== 0n || vaddr + size > 1n << 64n) throw new HostError('EINVAL', operation);
    pagesOf(vaddr, size);
  }
}
