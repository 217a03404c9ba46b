import type { PciCapability } from '../inventory.ts';
import type { FileBar, FileDevice } from '../inventory-file.ts';
import type { SysfsFolder } from './sysfs.ts';

/** Bits of a line of the file `resource` (linux/ioport.h). */
const IS_PORTS = 0x100n;
const IS_MEMORY = 0x200n;
const IS_PREFETCHABLE = 0x2000n;
const IS_64_BITS = 0x100000n;
const BARS = 6;
const ROM = 6;

/** Registers of the configuration header (PCI Local Bus 3.0, 6.1, 6.7 and 6.8.2). */
const STATUS = 0x06;
const HAS_CAPABILITIES = 1 << 4;
const CAPABILITIES = 0x34;
const FIRST_CAPABILITY = 0x40;
const MSIX_CONTROL = 2;
const MSIX_SIZE = 0x7ff;
const CAPABILITY_NAMES: ReadonlyMap<number, PciCapability> = new Map([
  [0x01, 'pm'],
  [0x03, 'vpd'],
  [0x05, 'msi'],
  [0x10, 'pcie'],
  [0x11, 'msix'],
]);

/** What sysfs tells of a PCI function. @param folder `bus/pci/devices/DDDD:BB:DD.F` */
export function captureDevice(address: string, folder: SysfsFolder): FileDevice {
  const resources = readResources(folder.text('resource') ?? '');
  const rom = resources[ROM];
  const capabilities = readCapabilities(folder.bytes('config') ?? Buffer.alloc(0));
  const vectors = capabilities.get('msix');
  const hex = (name: string, digits: number) =>
    `0x${(folder.number(name) ?? 0).toString(16).padStart(digits, '0')}`;
  return {
    address,
    vendor: hex('vendor', 4),
    device: hex('device', 4),
    'subsystem-vendor': hex('subsystem_vendor', 4),
    'subsystem-device': hex('subsystem_device', 4),
    class: hex('class', 6),
    revision: folder.number('revision') ?? 0,
    bars: resources.slice(0, BARS).flatMap((resource, index) => barOf(resource, index)),
    ...(rom === undefined ? {} : { 'rom-size': Number(rom.size) }),
    capabilities: [...capabilities.keys()],
    ...(vectors === undefined ? {} : { 'msix-vectors': vectors }),
    driver: folder.linkName('driver') ?? null,
  };
}

interface Resource {
  /** Bytes. */
  readonly size: bigint;
  readonly flags: bigint;
}

/** A line for each register: first address, last address, flags; all 0 where there is none. */
function readResources(text: string): readonly (Resource | undefined)[] {
  return text.split('\n').map(line => {
    const [first, last, flags] = line
      .split(' ')
      .map(word => (/^0x[0-9a-f]+$/i.test(word) ? BigInt(word) : 0n));
    if (first === undefined || last === undefined || flags === undefined || flags === 0n || last < first)
      return undefined;
    return { size: last - first + 1n, flags };
  });
}

function barOf(resource: Resource | undefined, index: number): readonly FileBar[] {
  if (resource === undefined || (resource.flags & (IS_PORTS | IS_MEMORY)) === 0n) return [];
  const { size, flags } = resource;
  const type = (flags & IS_PORTS) !== 0n ? 'io' : (flags & IS_64_BITS) !== 0n ? 'mem64' : 'mem32';
  const prefetch = (flags & IS_PREFETCHABLE) !== 0n ? { prefetch: true } : {};
  return [{ index, size: `0x${size.toString(16)}`, type, ...prefetch }];
}

/**
 * The capabilities that matter here, in their order; MSI-X with the size of its table.
 * @param config what may be read of configuration space: without privileges only the header
 */
function readCapabilities(config: Buffer): ReadonlyMap<PciCapability, number> {
  const found = new Map<PciCapability, number>();
  if (config.length <= FIRST_CAPABILITY || (config.readUInt16LE(STATUS) & HAS_CAPABILITIES) === 0)
    return found;
  const seen = new Set<number>();
  for (
    let at = config[CAPABILITIES] ?? 0;
    at >= FIRST_CAPABILITY && !seen.has(at);
    at = config[at + 1] ?? 0
  ) {
    seen.add(at);
    const name = CAPABILITY_NAMES.get(config[at] ?? 0);
    if (name === undefined) continue;
    found.set(name, name === 'msix' ? (config.readUInt16LE(at + MSIX_CONTROL) & MSIX_SIZE) + 1 : 1);
  }
  return found;
}
