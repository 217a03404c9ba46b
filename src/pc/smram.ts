import { MemoryRegion } from '../memory/region.ts';
import type { QomObject } from '../qom/object.ts';

/** Memory below the legacy display adapter's, which only system management code sees. */
const LEGACY_START = 0xa0000n;
const LEGACY_SIZE = 0x20000n;
const SPACE_SIZE = 1n << 32n;
const PRIORITY = 1;

/** Bits of the chipset's register (Intel 82441FX, 3.2.19: SMRAM; likewise on Q35). */
const OPEN = 1 << 6;
const ENABLE = 1 << 3;
/** The register after reset: the segment is at 640 KiB, which is fixed. */
export const SMRAM_DEFAULT = 0x02;
/** What firmware leaves: system management code has its memory, and nobody else. */
export const SMRAM_OPENED = SMRAM_DEFAULT | ENABLE | OPEN;
export const SMRAM_CLOSED = SMRAM_DEFAULT | ENABLE;

/** The regions around a piece of address space that shows other things to system management code. */
export interface SystemManagementRegions {
  readonly system: MemoryRegion;
  readonly ram: MemoryRegion;
  readonly pci: MemoryRegion;
}

/** The window at 640 KiB: everybody sees the PCI bus there, system management code sees RAM, once there is such code. */
export class SystemManagementRam {
  /** What system management code sees in place of what others do. */
  readonly view: MemoryRegion;
  /** The RAM in it. */
  readonly low: MemoryRegion;
  readonly #bus: MemoryRegion;

  constructor(owner: QomObject, { system, ram, pci }: SystemManagementRegions) {
    const legacy = (label: string, target: MemoryRegion) =>
      new MemoryRegion(owner, label, LEGACY_SIZE, 'container', { target, offset: LEGACY_START });
    this.#bus = legacy('smram-region', pci);
    system.addSubregion(LEGACY_START, this.#bus, PRIORITY);
    this.view = new MemoryRegion(owner, 'smram', SPACE_SIZE);
    this.low = legacy('smram-low', ram);
    this.view.addSubregion(LEGACY_START, this.low);
  }

  /**
   * The chipset's register is written. While it is open, everybody sees the RAM.
   * @returns whether system management code has its memory, which each chipset shows in its own way
   */
  apply(register: number): boolean {
    this.#bus.enabled = (register & OPEN) === 0;
    return (register & ENABLE) !== 0;
  }
}
