import type {
  HostInventory,
  HostIommuKind,
  InventoryBar,
  InventoryDevice,
  InventoryGroup,
  KvmCapability,
  PciCapability,
  ReservedKind,
} from './inventory.ts';
import type { IovaRange } from './iova-ranges.ts';

/** An inventory file as it is written: `schema/host.schema.json`. */
export interface InventoryFile {
  readonly description?: string;
  readonly iommu: HostIommuKind;
  readonly 'page-sizes'?: readonly number[];
  readonly 'system-page-size'?: number;
  readonly window?: { readonly start: FileNumber; readonly size: FileNumber };
  readonly ddw?: { readonly windows?: number; readonly levels?: number; readonly base?: FileNumber };
  readonly aperture?: FileRange;
  readonly type1v2?: boolean;
  readonly 'mapping-limit'?: number;
  readonly memlock?: FileNumber | null;
  readonly kvm?: readonly KvmCapability[] | null;
  readonly groups: readonly FileGroup[];
  readonly 'ungrouped-devices'?: readonly FileDevice[];
}

/** A JSON integer, or a string in hexadecimal (`0x…`). */
export type FileNumber = number | string;

export interface FileRange {
  readonly first: FileNumber;
  readonly last: FileNumber;
}

export interface FileGroup {
  readonly id: number;
  readonly ddw?: boolean;
  readonly reserved?: readonly (FileRange & { readonly kind: ReservedKind })[];
  readonly devices: readonly FileDevice[];
}

export interface FileDevice {
  readonly address: string;
  readonly description?: string;
  readonly vendor: FileNumber;
  readonly device: FileNumber;
  readonly 'subsystem-vendor'?: FileNumber;
  readonly 'subsystem-device'?: FileNumber;
  readonly class: FileNumber;
  readonly revision?: number;
  readonly bars?: readonly FileBar[];
  readonly 'rom-size'?: number;
  readonly capabilities?: readonly PciCapability[];
  readonly 'msix-vectors'?: number;
  readonly driver?: string | null;
}

export interface FileBar {
  readonly index: number;
  readonly size: FileNumber;
  readonly type: InventoryBar['type'];
  readonly prefetch?: boolean;
}

/** An inventory file that is not one; the message says where and why. */
export class InventoryError extends Error {
  override readonly name = 'InventoryError';
}

/** What ajv makes from `schema/host.schema.json`. */
export interface InventoryValidator {
  (document: unknown): document is InventoryFile;
  errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;
}

/**
 * Reads an inventory file.
 * @throws InventoryError if `text` is not JSON, not of the schema, or contradicts itself
 */
export function loadInventory(text: string, validate: InventoryValidator): HostInventory {
  const document = parse(text);
  if (!validate(document)) {
    const [first] = validate.errors ?? [];
    throw new InventoryError(`${first?.instancePath || 'document'}: ${first?.message ?? 'invalid'}`);
  }
  const inventory = inventoryFromFile(document);
  checkConsistency(inventory);
  return inventory;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InventoryError(error instanceof Error ? error.message : String(error));
  }
}

const EVERYTHING: FileRange = { first: 0, last: '0xffffffffffffffff' };

/** Fills in the schema's defaults. */
export function inventoryFromFile(file: InventoryFile): HostInventory {
  const spapr = file.iommu !== 'type1';
  return {
    description: file.description ?? '',
    iommu: file.iommu,
    pageSizes: [...(file['page-sizes'] ?? defaultPageSizes(file.iommu))].sort((a, b) => a - b),
    systemPageSize: file['system-page-size'] ?? (spapr ? 0x10000 : 0x1000),
    window: { start: BigInt(file.window?.start ?? 0), size: BigInt(file.window?.size ?? 0x80000000) },
    ddw: {
      windows: file.ddw?.windows ?? 2,
      levels: file.ddw?.levels ?? 5,
      base: BigInt(file.ddw?.base ?? '0x800000000000000'),
    },
    aperture: rangeFromFile(file.aperture ?? EVERYTHING),
    hasType1v2: file.type1v2 ?? true,
    mappingLimit: file['mapping-limit'] ?? 65535,
    memlock: file.memlock == null ? undefined : BigInt(file.memlock),
    kvm: file.kvm ?? undefined,
    groups: file.groups.map(groupFromFile),
    ungroupedDevices: (file['ungrouped-devices'] ?? []).map(deviceFromFile),
  };
}

function defaultPageSizes(iommu: HostIommuKind): readonly number[] {
  return iommu === 'spapr-tce-v2' ? [0x1000, 0x10000, 0x1000000] : [0x1000];
}

function groupFromFile(group: FileGroup): InventoryGroup {
  return {
    id: group.id,
    ddw: group.ddw ?? true,
    reserved: (group.reserved ?? []).map(each => ({ ...rangeFromFile(each), kind: each.kind })),
    devices: group.devices.map(deviceFromFile),
  };
}

function rangeFromFile({ first, last }: FileRange): IovaRange {
  return { first: BigInt(first), last: BigInt(last) };
}

function deviceFromFile(device: FileDevice): InventoryDevice {
  return {
    address: device.address,
    vendor: Number(device.vendor),
    device: Number(device.device),
    subsystemVendor: Number(device['subsystem-vendor'] ?? 0),
    subsystemDevice: Number(device['subsystem-device'] ?? 0),
    class: Number(device.class),
    revision: device.revision ?? 0,
    bars: (device.bars ?? []).map(barFromFile),
    romSize: device['rom-size'] ?? 0,
    capabilities: device.capabilities ?? [],
    msixVectors: device['msix-vectors'] ?? 1,
    driver: device.driver ?? undefined,
  };
}

function barFromFile(bar: FileBar): InventoryBar {
  return { index: bar.index, size: BigInt(bar.size), type: bar.type, prefetch: bar.prefetch ?? false };
}

/** What a JSON Schema cannot say. */
function checkConsistency(inventory: HostInventory): void {
  const { groups, window, pageSizes } = inventory;
  const repeatedGroup = firstRepeated(groups.map(group => group.id));
  if (repeatedGroup !== undefined) throw new InventoryError(`group ${repeatedGroup} is there twice`);
  const devices = [...groups.flatMap(group => group.devices), ...inventory.ungroupedDevices];
  const repeatedAddress = firstRepeated(devices.map(device => device.address));
  if (repeatedAddress !== undefined) throw new InventoryError(`device ${repeatedAddress} is there twice`);
  for (const device of devices) checkBars(device);
  for (const { first, last } of [inventory.aperture, ...groups.flatMap(group => group.reserved)])
    if (first > last) throw new InventoryError(`a range ends at 0x${last.toString(16)} before it begins`);
  const pageSize = BigInt(pageSizes[0] ?? 0x1000);
  if (window.start % pageSize !== 0n || window.size % pageSize !== 0n || window.size === 0n) {
    throw new InventoryError('/window: start and size must be multiples of the smallest page size');
  }
}

function checkBars(device: InventoryDevice): void {
  const registers = device.bars.flatMap(bar =>
    bar.type === 'mem64' ? [bar.index, bar.index + 1] : [bar.index],
  );
  if (firstRepeated(registers) !== undefined || registers.includes(6)) {
    throw new InventoryError(`device ${device.address}: its BARs overlap`);
  }
  for (const { index, size } of device.bars) {
    if (size === 0n || (size & (size - 1n)) !== 0n) {
      throw new InventoryError(`device ${device.address}: the size of BAR ${index} is not a power of two`);
    }
  }
}

function firstRepeated<T>(values: readonly T[]): T | undefined {
  return values.find((value, index) => values.indexOf(value) !== index);
}
