import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { HostInventory, KvmCapability } from '../../../src/host/inventory.ts';
import { readInventory } from '../../../src/host/read-inventory.ts';
import { type MachineOptions, noGuest } from '../../../src/index.ts';

const PAGE = 0x1000n;
/** 256 MiB. */
export const RAM_PAGES = 0x10000;
/** Modules that can be plugged in, each as large as that. */
export const MODULES = 2;
export const MODULE_PAGES = 0x10000;
/** Where the first is seen, a page number: above RAM, and on PCs above the hole below 4 GiB. */
export const MODULES_ON_PSERIES = 0x40000;
export const MODULES_ON_PC = 0x100000;
const RAM = BigInt(RAM_PAGES) * PAGE;

/** A kind of machine on the kinds of hosts that there are for it. */
export interface Kind {
  readonly name: string;
  readonly family: 'pseries' | 'pc';
  readonly options: MachineOptions;
  readonly hosts: readonly HostInventory[];
  /** Places for devices, where they are not on host bridges that come and go. */
  readonly places: readonly Place[];
  /** Whether host bridges can come and go. */
  readonly hasPhbHotplug: boolean;
  /** Whether its guest can have DMA windows of its own. */
  readonly hasDynamicWindows: boolean;
  /** Whether its devices are behind DMA remapping hardware. */
  readonly hasRemapping: boolean;
}

/** Bus and address of a device. */
export interface Place {
  readonly bus: string;
  readonly addr?: string;
}

/** What differs between stories of one kind. */
export interface Surroundings {
  /** Number of the host, of those that the kind has. */
  readonly host: number;
  /** Bytes that may be locked. */
  readonly memlock: bigint | undefined;
  readonly guest: 'linux' | 'none';
  /** How many of them share the host. */
  readonly machines: number;
  readonly remapping: 'off' | 'pass-through' | 'translated';
  /** Whether somebody listens to every single mapping: then none are made at once. */
  readonly isTraced: boolean;
}

export function surroundings({ hosts, options }: Kind): fc.Arbitrary<Surroundings> {
  // Bridges that take groups of the host from the start leave none to another machine, and need one in any case.
  const takesGroups = options.devices?.some(device => 'iommu' in device) === true;
  // None; one or two windows of 2 GiB; the guest's memory once, or more than once; nothing.
  const limits = [
    undefined,
    undefined,
    undefined,
    2n ** 31n,
    2n ** 32n,
    ...(takesGroups ? [] : [RAM, 3n * RAM, 0n]),
  ];
  return fc.record({
    host: fc.nat({ max: hosts.length - 1 }),
    memlock: fc.constantFrom(...limits),
    guest: fc.constantFrom('linux', 'linux', 'linux', 'none'),
    machines: takesGroups ? fc.constant(1) : fc.constantFrom(1, 1, 1, 2),
    remapping: fc.constantFrom('off', 'off', 'pass-through', 'translated'),
    isTraced: fc.constantFrom(false, false, false, true),
  });
}

/** Options of a machine in these surroundings. */
export function optionsOf({ options }: Kind, { guest, remapping }: Surroundings): MachineOptions {
  return {
    ramSize: RAM,
    ramSlots: BigInt(MODULES),
    maxRamSize: RAM + BigInt(MODULES * MODULE_PAGES) * PAGE,
    guestIommu: remapping,
    ...options,
    ...(guest === 'none' ? { guest: noGuest } : {}),
  };
}

const example = (name: string) =>
  readInventory(fileURLToPath(new URL(`../../../src/host/examples/${name}.json`, import.meta.url)));

const withKvm = (host: HostInventory, ...kvm: KvmCapability[]): HostInventory => ({ ...host, kvm });

const POWER8 = example('power8');
const POWER9 = example('power9');
/** Of one with windows, a host whose bridges are all too old to have any: every container falls back to v1. */
const POWER9_AS_V1 = { ...POWER9, groups: POWER9.groups.map(group => ({ ...group, ddw: false })) };
const X86 = { ...example('x86'), hasType1v2: false };
const X86_SERVER = example('x86-server');
/** So few mappings that a guest can come to their end. */
const X86_SCANTY = { ...example('x86'), mappingLimit: 24 };

const PSERIES = {
  family: 'pseries',
  places: [],
  hasPhbHotplug: true,
  hasDynamicWindows: true,
  hasRemapping: false,
} as const;

const OLD_PSERIES = { ...PSERIES, hasPhbHotplug: false, hasDynamicWindows: false } as const;

const PC = {
  family: 'pc',
  hasPhbHotplug: false,
  hasDynamicWindows: false,
  hasRemapping: false,
} as const;

const phb = (index: number, more: object = {}) => ({
  driver: 'spapr-pci-host-bridge',
  id: `phb${index}`,
  index,
  ...more,
});
const phbFor = (index: number, iommu: number) => ({
  ...phb(index),
  driver: 'spapr-pci-vfio-host-bridge',
  iommu,
});

const PORTS = ['1', '2', '3', '4'];
const rootPorts = PORTS.map(n => ({ driver: 'pcie-root-port', id: `port${n}`, chassis: n }));
const portPlaces = PORTS.map(n => ({ bus: `port${n}`, addr: '0' }));
const bridge = { driver: 'pcie-pci-bridge', id: 'bridge', bus: 'port4' };
/** Functions behind a bridge to conventional PCI cannot be told apart. */
const bridgePlaces = ['1', '2', '3'].map(addr => ({ bus: 'bridge', addr }));

/** All that the random stories are about. */
export const KINDS: readonly Kind[] = [
  {
    ...PSERIES,
    name: 'pseries-7.2 without KVM',
    options: { accelerators: ['tcg'] },
    hosts: [POWER8, POWER9, POWER9_AS_V1],
  },
  {
    ...PSERIES,
    name: 'pseries-7.2 with a KVM that tells no host table, on POWER8',
    options: {},
    hosts: [POWER8, withKvm(POWER8), withKvm(POWER8, 'spapr-tce', 'spapr-tce-64')],
  },
  {
    ...PSERIES,
    name: 'pseries-7.2 with a KVM that tells no host table, on POWER9',
    options: {},
    hosts: [withKvm(POWER9, 'spapr-tce', 'spapr-tce-64', 'spapr-multitce'), withKvm(POWER9, 'spapr-tce')],
  },
  {
    ...PSERIES,
    name: 'pseries-7.2 with a KVM that updates the host’s tables, on POWER9',
    options: {},
    hosts: [POWER9],
  },
  {
    ...PSERIES,
    name: 'pseries-7.2 on a POWER9 host that falls back to v1',
    options: {},
    hosts: [POWER9_AS_V1],
  },
  {
    ...PSERIES,
    name: 'pseries-7.2 with ddw=off',
    options: { globals: [{ driver: 'spapr-pci-host-bridge', property: 'ddw', value: 'off' }] },
    hosts: [POWER8, POWER9, POWER9_AS_V1],
    hasDynamicWindows: false,
  },
  {
    ...OLD_PSERIES,
    name: 'pseries-2.5 with bridges for assigned devices',
    options: { type: 'pseries-2.5', devices: [phb(1), phbFor(2, 1), phbFor(3, 2)] },
    hosts: [POWER8, POWER9, POWER9_AS_V1],
  },
  {
    ...OLD_PSERIES,
    name: 'pseries-2.6 with the deprecated kind of bridge',
    options: { type: 'pseries-2.6', devices: [phb(1), phbFor(2, 1)] },
    hosts: [POWER8, POWER9, POWER9_AS_V1],
  },
  {
    ...OLD_PSERIES,
    name: 'pseries-2.11',
    options: { type: 'pseries-2.11', devices: [phb(1), phb(2, { ddw: 'off' })] },
    hosts: [POWER8, POWER9],
    hasDynamicWindows: true,
  },
  {
    ...PC,
    name: 'pc',
    options: { type: 'pc' },
    hosts: [X86, X86_SERVER],
    places: [{ bus: 'pci.0' }],
  },
  {
    ...PC,
    name: 'q35 with native hotplug',
    options: { type: 'pc-q35-6.0', devices: rootPorts },
    hosts: [X86, X86_SERVER],
    places: portPlaces,
  },
  {
    ...PC,
    name: 'q35 with hotplug by ACPI',
    options: { type: 'q35', devices: [...rootPorts, bridge] },
    hosts: [X86, X86_SERVER],
    places: [...portPlaces.slice(0, 3), ...bridgePlaces],
  },
  {
    ...PC,
    name: 'q35 with intel-iommu',
    options: {
      type: 'q35',
      devices: [
        { driver: 'intel-iommu', id: 'iommu', 'caching-mode': true },
        ...rootPorts,
        bridge,
        { driver: 'qemu-xhci', id: 'usb', addr: '8' },
      ],
    },
    hosts: [X86, X86_SERVER, X86_SCANTY],
    places: [...portPlaces.slice(0, 3), ...bridgePlaces],
    hasRemapping: true,
  },
];
