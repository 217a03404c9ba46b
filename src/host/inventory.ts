import type { IovaRange } from './iova-ranges.ts';

/** What a host consists of (`schema/host.schema.json`), in the units the host model works with. */
export interface HostInventory {
  readonly description: string;
  readonly iommu: HostIommuKind;
  /** IOMMU page sizes in bytes, ascending. */
  readonly pageSizes: readonly number[];
  /** Page size of process memory in bytes. */
  readonly systemPageSize: number;
  /** The 32-bit window of an sPAPR group. */
  readonly window: { readonly start: bigint; readonly size: bigint };
  readonly ddw: { readonly windows: number; readonly levels: number; readonly base: bigint };
  /** What a type1 host translates at most. */
  readonly aperture: IovaRange;
  /** Whether its driver has the second version of type1. */
  readonly hasType1v2: boolean;
  /** Most DMA mappings of a type1 container. */
  readonly mappingLimit: number;
  /** Bytes a process may lock; `undefined` is no limit. */
  readonly memlock: bigint | undefined;
  /** `undefined`: there is no /dev/kvm. */
  readonly kvm: readonly KvmCapability[] | undefined;
  readonly groups: readonly InventoryGroup[];
  readonly ungroupedDevices: readonly InventoryDevice[];
}

export type HostIommuKind = 'spapr-tce-v1' | 'spapr-tce-v2' | 'type1';

export const KVM_CAPABILITIES = ['spapr-tce', 'spapr-tce-64', 'spapr-multitce', 'spapr-vfio'] as const;
export type KvmCapability = (typeof KVM_CAPABILITIES)[number];

export interface InventoryGroup {
  readonly id: number;
  /** Whether the group's bridge can have dynamic windows (on a `spapr-tce-v2` host). */
  readonly ddw: boolean;
  /** I/O addresses that its devices cannot use for memory. */
  readonly reserved: readonly ReservedRange[];
  readonly devices: readonly InventoryDevice[];
}

/** Kinds of reserved addresses, as in sysfs: mapped one to one by firmware's wish, or not to be mapped at all. */
export type ReservedKind = 'direct' | 'direct-relaxable' | 'reserved' | 'msi';

export interface ReservedRange extends IovaRange {
  readonly kind: ReservedKind;
}

export type PciCapability = 'pm' | 'vpd' | 'msi' | 'msix' | 'pcie';

export interface InventoryDevice {
  /** `DDDD:BB:DD.F` */
  readonly address: string;
  readonly vendor: number;
  readonly device: number;
  readonly subsystemVendor: number;
  readonly subsystemDevice: number;
  /** Class, subclass, programming interface: 24 bits. */
  readonly class: number;
  readonly revision: number;
  readonly bars: readonly InventoryBar[];
  /** In bytes; 0 is no expansion ROM. */
  readonly romSize: number;
  readonly capabilities: readonly PciCapability[];
  /** Entries of the MSI-X table; of no meaning without the capability. */
  readonly msixVectors: number;
  /** The driver bound at first. */
  readonly driver: string | undefined;
}

export interface InventoryBar {
  readonly index: number;
  /** In bytes. */
  readonly size: bigint;
  readonly type: 'io' | 'mem32' | 'mem64';
  readonly prefetch: boolean;
}
