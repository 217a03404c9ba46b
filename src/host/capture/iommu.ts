import type { InventoryFile } from '../inventory-file.ts';
import type { SysfsFolder } from './sysfs.ts';

const KIB4 = 0x1000;
const MIB2 = 0x200000;
const GIB1 = 0x40000000;

/** Capability register of Intel's remapping hardware (VT-d, 10.4.2): width of addresses less one, large pages. */
const WIDTH_SHIFT = 16n;
const WIDTH_MASK = 0x3fn;
const LARGE_PAGES_SHIFT = 34n;

type IommuFacts = Pick<InventoryFile, 'iommu' | 'page-sizes' | 'aperture'>;

/** What kind of IOMMU a host has, and what that translates. @param sysfs `/sys` */
export function captureIommu(sysfs: SysfsFolder): IommuFacts {
  const base = sysfs.folder('firmware/devicetree/base');
  // Firmware that gives a kernel the hardware itself, or only partitions of it.
  if (base.has('ibm,opal')) return { iommu: 'spapr-tce-v2' };
  if (base.has('rtas')) return { iommu: 'spapr-tce-v1' };
  const units = sysfs.folder('class/iommu');
  const intel = units.names
    .map(name => units.folder(name).folder('intel-iommu'))
    .filter(unit => unit.has('cap'));
  return intel.length > 0 ? intelFacts(intel) : { iommu: 'type1', 'page-sizes': [KIB4, MIB2, GIB1] };
}

/** What all units can do: a device may be below any of them. */
function intelFacts(units: readonly SysfsFolder[]): IommuFacts {
  const registers = units.map(unit => BigInt(`0x${unit.text('cap') || '0'}`));
  const width = registers.reduce((least, value) => {
    const own = ((value >> WIDTH_SHIFT) & WIDTH_MASK) + 1n;
    return own < least ? own : least;
  }, 64n);
  const large = registers.reduce((common, value) => common & (value >> LARGE_PAGES_SHIFT), 3n);
  return {
    iommu: 'type1',
    'page-sizes': [KIB4, ...((large & 1n) === 0n ? [] : [MIB2]), ...((large & 2n) === 0n ? [] : [GIB1])],
    aperture: { first: 0, last: `0x${((1n << width) - 1n).toString(16)}` },
  };
}
