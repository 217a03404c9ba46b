import { type PageRun, PageTable, PERM_MASK } from '../base/page-table.ts';
import { HostFile } from './host-file.ts';
import type { IommuGroup } from './iommu-group.ts';
import type { IommuTable } from './iommu-table.ts';
import type { KvmVm } from './kvm.ts';
import { PAGE_SHIFT } from './memory-map.ts';

export interface TceFileOptions {
  readonly liobn: number;
  readonly pageShift: number;
  /** Bus address of the first entry, in bytes, a multiple of the page size. */
  readonly offset: bigint;
  /** Length of the table. */
  readonly entries: number;
}

/** How the kernel answers a TCE hypercall; too hard means that the process must handle it. */
export type KvmHcallResult = 'H_SUCCESS' | 'H_PARAMETER' | 'H_TOO_HARD';

/**
 * A guest's TCE table in the kernel (arch/powerpc/kvm: kvmppc_spapr_tce_table). The process sees it with mmap;
 * what it writes there itself does not reach the host's tables.
 */
export class KvmTceFile extends HostFile {
  readonly table: PageTable;
  readonly liobn: number;
  readonly pageShift: number;
  /** Bus address of the first entry, bytes. */
  readonly offset: bigint;
  /** The host tables that follow this one, by the group that brought them. */
  readonly #attached = new Map<IommuGroup, IommuTable>();

  constructor(
    readonly vm: KvmVm,
    options: TceFileOptions,
  ) {
    super(vm.process, 'kvm-tce');
    this.table = new PageTable(options.entries);
    this.liobn = options.liobn;
    this.pageShift = options.pageShift;
    this.offset = options.offset;
  }

  /** The host tables that follow this one. */
  get hostTables(): ReadonlySet<IommuTable> {
    return new Set(this.#attached.values());
  }

  get size(): bigint {
    return BigInt(this.table.length) << BigInt(this.pageShift);
  }

  /** Whether a host table can follow: same start, at least as long, pages no larger. */
  fits(table: IommuTable): boolean {
    return table.pageShift <= this.pageShift && table.start === this.offset && table.size >= this.size;
  }

  /** Called by the KVM-VFIO device. */
  attach(group: IommuGroup, table: IommuTable): void {
    this.#attached.set(group, table);
  }

  detach(group: IommuGroup): void {
    this.#attached.delete(group);
  }

  /**
   * `H_PUT_TCE` as the kernel handles it: the entry is set here and in every host table that follows.
   * Too hard (nothing is changed) is a target that is not memory, or not registered where host tables follow.
   * @param ioba bus address; bits inside the page are ignored
   */
  putTce(ioba: bigint, tce: bigint): KvmHcallResult {
    if (ioba < this.offset || ioba >= this.offset + this.size) return 'H_PARAMETER';
    const index = Number((ioba - this.offset) >> BigInt(this.pageShift));
    const perm = Number(tce & BigInt(PERM_MASK));
    const page = Number((tce >> BigInt(this.pageShift)) << BigInt(this.pageShift - PAGE_SHIFT));
    const end = page + 2 ** (this.pageShift - PAGE_SHIFT);
    if (perm !== 0 && !this.#canPointTo(page, end)) return 'H_TOO_HARD';
    for (const host of this.hostTables) this.#update(host, index, page, perm);
    this.table.set(index, tce);
    return 'H_SUCCESS';
  }

  /**
   * `H_PUT_TCE` for each entry of a run, inside the table.
   * @returns false, with nothing changed, if some might be too hard, or do not all fit the page size: then each
   * has to be put on its own
   */
  putRun(run: PageRun): boolean {
    const { first, count, page, step, bits } = run;
    const pages = 2 ** (this.pageShift - PAGE_SHIFT);
    if (page % pages !== 0 || step % pages !== 0 || (bits & ~PERM_MASK) !== 0) return false;
    if (bits !== 0 && !this.#canPointTo(page, page + (count - 1) * step + pages)) return false;
    this.table.setRun(run);
    for (const host of this.hostTables) {
      // What allows nothing is not there for the host, whatever else the guest wrote.
      const ratio = 2 ** (this.pageShift - host.pageShift);
      if (bits === 0) host.unmap(first * ratio, count * ratio);
      else if (host.pageShift === this.pageShift) host.entries.copy(this.table, first, first, count);
      else for (let i = 0; i < count; i++) this.#update(host, first + i, page + i * step, bits);
    }
    return true;
  }

  protected override release(): void {
    this.#attached.clear();
    this.vm.removeTce(this);
  }

  /** Whether all these 4 KiB pages are memory, and registered in one piece where host tables follow. */
  #canPointTo(page: number, end: number): boolean {
    if (!this.process.memory.covers(page, end)) return false;
    for (const host of this.hostTables) {
      const region = this.process.registeredMemory.rangeAt(page);
      if (region === undefined || end > region.end || region.pageShift < host.pageShift) return false;
    }
    return true;
  }

  #update(host: IommuTable, index: number, page: number, perm: number): void {
    const ratio = 2 ** (this.pageShift - host.pageShift);
    const step = 2 ** (host.pageShift - PAGE_SHIFT);
    if (perm === 0) {
      host.unmap(index * ratio, ratio);
      return;
    }
    for (let i = 0; i < ratio; i++) host.set(index * ratio + i, page + i * step, perm);
  }
}
