import { MemoryRegion } from '../memory/region.ts';
import type { QomObject } from '../qom/object.ts';

/** Memory below the legacy display adapter's, which only system management code sees. */
const LEGACY_START = 0xa0000n;
const LEGACY_SIZE = 0x20000n;
const SPACE_SIZE = 1n << 32n;
const PRIORITY = 1;

/** The regions around a piece of address space that shows other things to system management code. */
export interface SystemManagementRegions {
  readonly system: MemoryRegion;
  readonly ram: MemoryRegion;
  readonly pci: MemoryRegion;
}

/**
 * Makes the window at 640 KiB: everybody sees the PCI bus there, system management code sees RAM.
 * @returns what system management code sees
 */
export function addSystemManagementRam(
  owner: QomObject,
  { system, ram, pci }: SystemManagementRegions,
): MemoryRegion {
  const legacy = (label: string, target: MemoryRegion) =>
    new MemoryRegion(owner, label, LEGACY_SIZE, 'container', { target, offset: LEGACY_START });
  system.addSubregion(LEGACY_START, legacy('smram-region', pci), PRIORITY);
  const smram = new MemoryRegion(owner, 'smram', SPACE_SIZE);
  smram.addSubregion(LEGACY_START, legacy('smram-low', ram));
  return smram;
}
