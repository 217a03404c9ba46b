import { HostError, QmpError } from '../base/errors.ts';
import { PERM_READ, PERM_WRITE } from '../base/page-table.ts';
import type { MemoryListener, MemorySection } from '../memory/address-space.ts';
import { IommuMemoryRegion } from '../memory/iommu-region.ts';
import type { VfioContainer } from './container.ts';
import { hex, resultText } from './errors.ts';
import { VfioGuestIommu } from './guest-iommu.ts';
import { granularity, windowContains } from './host-window.ts';
import type { VfioEnvironment } from './system.ts';

/** Carries a guest's DMA address space over to a container, section by section. */
export class VfioListener implements MemoryListener {
  constructor(private readonly container: VfioContainer) {}

  regionAdd(section: MemorySection): void {
    const { region } = section;
    if (!isTranslated(section)) {
      this.#trace('vfio_listener_region_add_skip', section);
      return;
    }
    try {
      if (region instanceof IommuMemoryRegion)
        this.container.openWindow(section, 1n << BigInt(region.pageShift));
      this.#checkRange(section);
      if (region instanceof IommuMemoryRegion) this.#addIommu(section, region);
      else this.#mapRam(section);
    } catch (error) {
      if (!(error instanceof QmpError)) throw error;
      this.container.fail(error, `Region ${region.label}: `);
    }
  }

  regionDel(section: MemorySection): void {
    const { region } = section;
    if (!isTranslated(section)) {
      this.#trace('vfio_listener_region_del_skip', section);
      return;
    }
    this.#trace('vfio_listener_region_del', section);
    if (region instanceof IommuMemoryRegion) {
      const { guestIommus } = this.container;
      const index = guestIommus.findIndex(each => each.region === region && each.start === section.offset);
      if (index < 0) return;
      guestIommus[index]?.detach();
      guestIommus.splice(index, 1);
    }
    // What the host's IOMMU does not reach was refused, and nothing of it is mapped.
    if (!this.#isWithin(section)) return;
    this.#unmap(section);
    this.container.closeWindow(section);
  }

  /** @throws QmpError if the host's IOMMU does not reach all of the section */
  #checkRange(section: MemorySection): void {
    if (this.#isWithin(section)) return;
    const { start, size } = section;
    throw new QmpError(
      `Container ${this.container.label} can't map guest IOVA region ${hex(start)}..${hex(start + size - 1n)}`,
    );
  }

  #isWithin({ start, size }: MemorySection): boolean {
    return this.container.windows.some(window => windowContains(window, start, start + size - 1n));
  }

  #addIommu(section: MemorySection, region: IommuMemoryRegion): void {
    this.#trace('vfio_listener_region_add_iommu', section);
    const guestIommu = new VfioGuestIommu(this.container, section, region);
    region.addNotifier(guestIommu);
    this.container.guestIommus.push(guestIommu);
    region.replay(guestIommu);
  }

  #mapRam({ start, size, region, readonly }: MemorySection): void {
    this.#environment.trace.point('vfio_listener_region_add_ram', start, start + size - 1n, start);
    const page = granularity(this.container.pageSizes);
    if (start % page !== 0n || size % page !== 0n)
      throw new QmpError(`${region.label} is not a multiple of the IOMMU page size`);
    try {
      // A process address of guest RAM is its guest physical address.
      this.container.iommu.mapDma(start, start, size, readonly ? PERM_READ : PERM_READ | PERM_WRITE);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      throw new QmpError(
        `vfio_dma_map(${this.container.label}, ${hex(start)}, ${hex(size)}, ${hex(start)}) = ${resultText(error)}`,
      );
    }
  }

  #unmap({ start, size }: MemorySection): void {
    try {
      this.container.iommu.unmapDma(start, size);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#environment.report(
        `vfio_dma_unmap(${this.container.label}, ${hex(start)}, ${hex(size)}) = ${resultText(error)}`,
      );
    }
  }

  get #environment(): VfioEnvironment {
    return this.container.system.environment;
  }

  #trace(
    point: `vfio_listener_region_${'add_skip' | 'add_iommu' | 'del_skip' | 'del'}`,
    { start, size }: MemorySection,
  ): void {
    this.#environment.trace.point(point, start, start + size - 1n);
  }
}

/** RAM and what a guest IOMMU translates reach the host; registers of other devices do not. */
function isTranslated({ region }: MemorySection): boolean {
  return region.kind === 'ram' || region.kind === 'rom' || region.kind === 'iommu';
}
