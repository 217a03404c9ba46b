import { HostError } from '../base/errors.ts';
import { type MemoryRange, pagesOf } from './memory-map.ts';
import type { HostProcess } from './process.ts';

/** A region announced with VFIO_IOMMU_SPAPR_REGISTER_MEMORY: pinned, and charged once. */
export interface MemoryRegistration extends MemoryRange {
  readonly size: bigint;
  /** How many containers hold it. */
  users: number;
}

/** The memory a process has registered for sPAPR v2 containers (arch/powerpc: mm_iommu). */
export class RegisteredMemory {
  #regions: MemoryRegistration[] = [];

  constructor(private readonly process: HostProcess) {}

  /** The region that holds a page. */
  rangeAt(page: number): MemoryRegistration | undefined {
    return this.#regions.find(region => region.first <= page && page < region.end);
  }

  /** The region of exactly these addresses. */
  find(vaddr: bigint, size: bigint): MemoryRegistration | undefined {
    const { first } = pagesOf(vaddr, size);
    return this.#regions.find(region => region.first === first && region.size === size);
  }

  /**
   * Pins and charges a region, or adds a user to it.
   * @throws ENOMEM over the memlock limit, EFAULT if memory is not there, EINVAL if it overlaps another region
   */
  acquire(vaddr: bigint, size: bigint): MemoryRegistration {
    const operation = 'VFIO_IOMMU_SPAPR_REGISTER_MEMORY';
    const known = this.find(vaddr, size);
    if (known !== undefined) {
      known.users++;
      return known;
    }
    const { first, end } = pagesOf(vaddr, size);
    this.process.lock(size, operation);
    const overlaps = this.#regions.some(region => region.first < end && first < region.end);
    if (overlaps || !this.process.memory.covers(first, end)) {
      this.process.unlock(size);
      throw new HostError(overlaps ? 'EINVAL' : 'EFAULT', operation);
    }
    const region = { first, end, size, pageShift: this.#smallestPageShift(first, end), users: 1 };
    this.#regions.push(region);
    return region;
  }

  /**
   * The addresses are free again. What is registered there stays pinned and charged until its containers let
   * go of it, but nothing that comes to these addresses is part of it.
   */
  abandon(vaddr: bigint, size: bigint): void {
    const { first, end } = pagesOf(vaddr, size);
    this.#regions = this.#regions.filter(region => region.first >= end || region.end <= first);
  }

  /** Takes a user away; with the last one the region is unpinned and given back. */
  drop(region: MemoryRegistration): void {
    if (--region.users > 0) return;
    this.#regions = this.#regions.filter(other => other !== region);
    this.process.unlock(region.size);
  }

  #smallestPageShift(first: number, end: number): number {
    let smallest = Number.POSITIVE_INFINITY;
    for (let page = first; page < end; ) {
      const range = this.process.memory.rangeAt(page);
      if (range === undefined) break;
      smallest = Math.min(smallest, range.pageShift);
      page = range.end;
    }
    return smallest;
  }
}
