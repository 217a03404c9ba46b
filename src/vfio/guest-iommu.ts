import { HostError } from '../base/errors.ts';
import { PERM_MASK } from '../base/page-table.ts';
import type { MapHandlers } from '../host/iommu-driver.ts';
import { KvmTceFile } from '../host/kvm-tce.ts';
import type { MemorySection } from '../memory/address-space.ts';
import type {
  IommuMemoryRegion,
  IommuNotifier,
  KernelTable,
  TranslationRun,
} from '../memory/iommu-region.ts';
import type { VfioContainer } from './container.ts';
import { hex, resultText } from './errors.ts';

/** How many failures of one replay are reported one by one. */
const REPORTED_FAILURES = 8;

/** Counts what went wrong in one replay: the first few failures are reported, the others only counted. */
class ReplayFailures {
  #count = 0;

  isToBeReported(): boolean {
    return ++this.#count <= REPORTED_FAILURES;
  }

  get unreported(): number {
    return Math.max(this.#count - REPORTED_FAILURES, 0);
  }
}

/** A guest IOMMU region whose translations a container follows. */
export class VfioGuestIommu implements IommuNotifier {
  /** Part of the region that the section shows, bytes from the region's start. */
  readonly start: bigint;
  readonly end: bigint;
  /** I/O address of the region's byte 0. */
  readonly offset: bigint;

  constructor(
    private readonly container: VfioContainer,
    section: MemorySection,
    readonly region: IommuMemoryRegion,
  ) {
    this.start = section.offset;
    this.end = section.offset + section.size - 1n;
    this.offset = section.start - section.offset;
  }

  get size(): bigint {
    return this.end - this.start + 1n;
  }

  /** The kernel updates the host's tables if it is told of them, which is possible where they are made on demand. */
  acceptKernelTable(table: KernelTable): boolean {
    return table instanceof KvmTceFile && this.container.followKernelTable(table);
  }

  detach(): void {
    this.region.removeNotifier(this);
  }

  /** Does for the host what the guest did to one entry. A host that refuses is reported; the guest goes on. */
  notify(page: number, low: number, high: number, pageShift: number): void {
    const shift = BigInt(pageShift);
    const size = 1n << shift;
    const iova = this.offset + (BigInt(page) << shift);
    const isMap = (low & PERM_MASK) !== 0;
    const { trace } = this.container.system.environment;
    if (trace.active) trace.point('vfio_iommu_map_notify', isMap ? 'MAP' : 'UNMAP', iova, iova + size - 1n);
    if (!isMap) {
      this.#unmap(iova, size);
      return;
    }
    const target = ((((BigInt(high) << 32n) | BigInt(low >>> 0)) >> shift) << shift) & ADDRESS_MASK;
    if (!this.#isRam(target, size)) {
      this.#reportNotMemory(target);
      // What the entry said before must not stay in force.
      this.#unmap(iova, size);
      return;
    }
    this.#map(iova, target, size, low & PERM_MASK);
  }

  notifyRun(run: TranslationRun): void {
    const { table, first, end, pageShift, base } = run;
    const { trace } = this.container.system.environment;
    if (trace.active) {
      for (let index = first; index < end; index++) this.#notifyEntry(run, index);
    } else if ((table.low(first) & PERM_MASK) !== 0) {
      this.#mapRun(run, {
        failed: (index, error) => this.#reportMap(run, index, error),
        notMemory: index => this.#notifyEntry(run, index),
      });
    } else {
      const size = 1n << BigInt(pageShift);
      const range = { first, end, pageShift, base: base + this.offset };
      this.container.iommu.unmapEntries(range, (index, error) =>
        this.#reportUnmap(range.base + BigInt(index) * size, size, error),
      );
    }
  }

  replay(runs: Iterable<TranslationRun>): void {
    const { report } = this.container.system.environment;
    const failures = new ReplayFailures();
    for (const run of runs) this.#replayRun(run, failures);
    if (failures.unreported > 0) report(`vfio: ${failures.unreported} further mappings failed`);
  }

  #replayRun(run: TranslationRun, failures: ReplayFailures): void {
    const { table, first, end, pageShift, base } = run;
    const { trace } = this.container.system.environment;
    if (trace.has('vfio_iommu_map_notify')) {
      table.forEachPresent(first, end, index => {
        const iova = this.offset + base + (BigInt(index) << BigInt(pageShift));
        trace.point('vfio_iommu_map_notify', 'MAP', iova, iova + (1n << BigInt(pageShift)) - 1n);
      });
    }
    this.#mapRun(run, {
      failed: (index, error) => {
        if (failures.isToBeReported()) this.#reportMap(run, index, error);
      },
      notMemory: index => {
        if (failures.isToBeReported()) this.#reportNotMemory(table.get(index) & ~BigInt(PERM_MASK));
      },
    });
  }

  /** Maps what is present. An entry in the way is replaced, as for single changes. */
  #mapRun(run: TranslationRun, { failed, notMemory }: Required<MapHandlers>): void {
    const { table, pageShift } = run;
    const base = run.base + this.offset;
    const shift = BigInt(pageShift);
    this.container.iommu.mapEntries(
      { ...run, base },
      {
        failed: (index, error) => {
          if (error.errno !== 'EBUSY') return failed(index, error);
          const target = (table.get(index) >> shift) << shift;
          const perm = table.low(index) & PERM_MASK;
          this.#map(base + (BigInt(index) << shift), target, 1n << shift, perm, true);
        },
        notMemory,
      },
    );
  }

  #notifyEntry({ table, pageShift, base }: TranslationRun, index: number): void {
    const page = Number(base >> BigInt(pageShift)) + index;
    this.notify(page, table.low(index), table.high(index), pageShift);
  }

  /** @param isTaken the host has refused once already, because of an entry that the guest overwrote */
  #map(iova: bigint, target: bigint, size: bigint, perm: number, isTaken = false): void {
    const { iommu } = this.container;
    try {
      if (isTaken) iommu.unmapDma(iova, size);
      iommu.mapDma(iova, target, size, perm);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.errno === 'EBUSY' && !isTaken) this.#map(iova, target, size, perm, true);
      else this.#reportMapAt(iova, target, size, error);
    }
  }

  #unmap(iova: bigint, size: bigint): void {
    try {
      this.container.iommu.unmapDma(iova, size);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#reportUnmap(iova, size, error);
    }
  }

  #isRam(target: bigint, size: bigint): boolean {
    const range = this.container.system.environment.memorySpace.find(target);
    return range?.region.kind === 'ram' && target + size <= range.start + range.size;
  }

  #reportMap({ table, pageShift, base }: TranslationRun, index: number, error: HostError): void {
    const shift = BigInt(pageShift);
    const iova = this.offset + base + (BigInt(index) << shift);
    this.#reportMapAt(iova, (table.get(index) >> shift) << shift, 1n << shift, error);
  }

  #reportMapAt(iova: bigint, target: bigint, size: bigint, error: HostError): void {
    this.container.system.environment.report(
      `vfio_dma_map(${this.container.label}, ${hex(iova)}, ${hex(size)}, ${hex(target)}) = ${resultText(error)}`,
    );
  }

  #reportUnmap(iova: bigint, size: bigint, error: HostError): void {
    this.container.system.environment.report(
      `vfio_dma_unmap(${this.container.label}, ${hex(iova)}, ${hex(size)}) = ${resultText(error)}`,
    );
  }

  #reportNotMemory(target: bigint): void {
    this.container.system.environment.report(`iommu map to non memory area ${target.toString(16)}`);
  }
}

const ADDRESS_MASK = 2n ** 64n - 1n;
