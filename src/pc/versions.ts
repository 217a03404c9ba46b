import { changesAfter } from '../machine/compat.ts';
import type { TypeGlobals } from '../qom/type.ts';

/** How a version of a PC is made, and what it can do. */
export interface PcVersion {
  /** What follows `pc-i440fx-` or `pc-q35-` in its name. */
  readonly name: string;
  /** What its devices begin with, later tables in place of earlier ones. */
  readonly globals: readonly TypeGlobals[];
  /** Why it should not be used any more, if so. */
  readonly deprecation: string | undefined;
  /** Whether memory may be given to NUMA nodes without a backend. */
  readonly numaMem: boolean;
  /** What of memory hotplug is enough for everything to belong to a NUMA node. */
  readonly nodeWith: 'room' | 'slots' | undefined;
  /** Whether processors that are not said where to be are sockets, rather than cores of one socket. */
  readonly prefersSockets: boolean;
  /** Whether a processor's model is told to stand for one of its versions. */
  readonly namesVersions: boolean;
  /** Processors that one with PCI Express can have. */
  readonly expressCpus: number;
  /** Whether those with PCI Express leave a part of the interrupt controllers to KVM unless asked otherwise. */
  readonly splitsInterrupts: boolean;
  /** Whether memory can come at run time. */
  readonly hasMemoryHotplug: boolean;
  /** Whether each module of memory has room to be moved to a boundary that suits it. */
  readonly alignsModules: boolean;
  /** Whether RAM is cut where large pages begin, if it must be cut. */
  readonly cutsAtLargePage: boolean;
  /** Whether drives call their firmware after the version of the machine. */
  readonly versionsDrives: boolean;
  /** The display adapter of those without PCI Express. */
  readonly display: 'std' | 'cirrus';
  /** The network adapter of those with PCI Express. */
  readonly expressNic: 'e1000e' | 'e1000';
  /** The firmware's file unless another is named, and whether the machine shows that it was chosen. */
  readonly firmware: FirmwarePlan;
  /** What is handed over to firmware and operating system, by name. Bytes. */
  readonly firmwareFiles: Readonly<Record<string, number>>;
}

/** A BIOS as it comes with the machine. */
export interface FirmwarePlan {
  /** Empty where the machine does not name it. */
  readonly file: string;
  readonly size: bigint;
}

const ACPI_TABLES = 'etc/acpi/tables';
const ACPI_POINTER = 'etc/acpi/rsdp';
const LOADER = 'etc/table-loader';

export const NEWEST: PcVersion = {
  name: '7.2',
  globals: [],
  deprecation: undefined,
  numaMem: false,
  nodeWith: 'room',
  prefersSockets: false,
  namesVersions: true,
  expressCpus: 288,
  splitsInterrupts: false,
  hasMemoryHotplug: true,
  alignsModules: true,
  cutsAtLargePage: true,
  versionsDrives: false,
  display: 'std',
  expressNic: 'e1000e',
  firmware: { file: 'bios-256k.bin', size: 0x40000n },
  firmwareFiles: { [ACPI_TABLES]: 0x20000, [ACPI_POINTER]: 0x14, [LOADER]: 0x1000 },
};

/** What is unlike in a version, compared to the next newer one. */
interface Step extends Partial<Omit<PcVersion, 'name' | 'globals'>> {
  /** What this platform's own devices begin with. */
  readonly globals?: TypeGlobals;
}

const CPU = 'x86_64-cpu';
const MODEL = 'qemu64-x86_64-cpu';
const PC = 'generic-pc-machine';
const HOST = 'i440FX-pcihost';
const EXPRESS_HOST = 'q35-pcihost';
const LPC = 'ICH9-LPC';
const PM = 'PIIX4_PM';

/** Processors of the default model call themselves after the emulator. */
function modelName(version: string): TypeGlobals[string] {
  return { 'model-id': `QEMU Virtual CPU version ${version}` };
}

/** The history backwards. */
const STEPS: readonly (readonly [name: string, step: Step])[] = [
  ['7.1', {}],
  ['7.0', {}],
  ['6.2', { globals: { [PM]: { 'x-not-migrate-acpi-index': 'on' } } }],
  [
    '6.1',
    {
      prefersSockets: true,
      globals: {
        [CPU]: {
          'hv-version-id-build': '0x1bbc',
          'hv-version-id-major': '6',
          'hv-version-id-minor': '1',
        },
        [LPC]: { 'x-keep-pci-slot-hpc': 'off' },
        'pcie-slot': { 'x-native-hotplug': 'off' },
      },
    },
  ],
  [
    '6.0',
    {
      globals: {
        [MODEL]: { family: '6', model: '6', stepping: '3' },
        [CPU]: { 'x-vendor-cpuid-only': 'off' },
        [LPC]: { 'acpi-pci-hotplug-with-bridge-support': 'off', 'x-keep-pci-slot-hpc': 'on' },
        'pcie-slot': { 'x-native-hotplug': 'on' },
      },
    },
  ],
  ['5.2', { globals: { [LPC]: { 'x-smi-cpu-hotunplug': 'off' } } }],
  ['5.1', { globals: { [LPC]: { 'x-smi-cpu-hotplug': 'off' }, [CPU]: { 'kvm-msi-ext-dest-id': 'off' } } }],
  ['5.0', { numaMem: true, nodeWith: 'slots' }],
  ['4.2', { globals: { mch: { 'smbase-smram': 'off' } } }],
  ['4.1', {}],
  ['4.0.1', { namesVersions: false, globals: changesAfter('4.0') }],
  ['4.0', { splitsInterrupts: true }],
  [
    '3.1',
    {
      splitsInterrupts: false,
      globals: { 'intel-iommu': { 'dma-drain': 'off' }, [CPU]: { 'x-intel-pt-auto-level': 'off' } },
    },
  ],
  ['3.0', { globals: { [CPU]: { 'x-hv-synic-kvm-only': 'on' } } }],
  ['2.12', {}],
  ['2.11', { expressNic: 'e1000', globals: { [CPU]: { 'x-migrate-smi-count': 'off' } } }],
  [
    '2.10',
    {
      nodeWith: undefined,
      globals: {
        [CPU]: { 'x-hv-max-vps': '0x40' },
        [HOST]: { 'x-pci-hole64-fix': 'off' },
        [EXPRESS_HOST]: { 'x-pci-hole64-fix': 'off' },
      },
    },
  ],
  ['2.9', { globals: { mch: { 'extended-tseg-mbytes': '0' }, 'intel-iommu': { pt: 'off' } } }],
  [
    '2.8',
    {
      globals: {
        [CPU]: { 'tcg-cpuid': 'off', 'vmware-cpuid-freq': 'off' },
        [LPC]: { 'x-smi-broadcast': 'off' },
      },
    },
  ],
  [
    '2.7',
    {
      expressCpus: 255,
      globals: {
        [CPU]: { 'l3-cache': 'off', 'full-cpuid-auto-level': 'off' },
        'isa-pcspk': { migrate: 'off' },
        'intel-iommu': { 'x-buggy-eim': 'on' },
      },
    },
  ],
  [
    '2.6',
    {
      globals: {
        [CPU]: { 'cpuid-0xb': 'off', 'fill-mtrr-mask': 'off' },
        'apic-common': { 'legacy-instance-id': 'on' },
        vmxnet3: { romfile: '' },
      },
    },
  ],
  ['2.5', {}],
  [
    '2.4',
    {
      versionsDrives: true,
      globals: {
        [MODEL]: { ...modelName('2.4.0'), sse4a: 'on', abm: 'on', popcnt: 'on' },
        [CPU]: { check: 'off' },
      },
    },
  ],
  [
    '2.3',
    {
      globals: {
        [MODEL]: { ...modelName('2.3.0'), 'min-level': '4' },
        [CPU]: { 'kvm-no-smi-migration': 'on' },
      },
    },
  ],
  [
    '2.2',
    {
      firmwareFiles: { [ACPI_TABLES]: 0x20000, [LOADER]: 0x1000 },
      globals: { [MODEL]: modelName('2.2.0'), [PC]: { 'suppress-vmdesc': 'on' } },
    },
  ],
  ['2.1', { display: 'cirrus', alignsModules: false, globals: { [MODEL]: modelName('2.1.0') } }],
  [
    '2.0',
    {
      hasMemoryHotplug: false,
      firmwareFiles: { [ACPI_TABLES]: 0x2000, [LOADER]: 0x1000 },
      globals: {
        [MODEL]: modelName('2.0.0'),
        [PM]: { 'memory-hotplug-support': 'off' },
        apic: { version: '0x11' },
        'pci-serial': { prog_if: '0' },
        'pci-serial-2x': { prog_if: '0' },
        'pci-serial-4x': { prog_if: '0' },
        'nec-usb-xhci': { 'superspeed-ports-first': 'off', 'force-pcie-endcap': 'on' },
        'virtio-net-pci': { guest_announce: 'off' },
      },
    },
  ],
  [
    '1.7',
    {
      deprecation: 'old and unattended - use a newer version instead',
      cutsAtLargePage: false,
      firmware: { file: '', size: 0x20000n },
      firmwareFiles: { 'genroms/kvmvapic.bin': 0x2400, [ACPI_TABLES]: 0x2000, [LOADER]: 0x1000 },
      globals: {
        [MODEL]: modelName('1.7.0'),
        [PM]: { 'acpi-pci-hotplug-with-bridge-support': 'off' },
        [PC]: { 'suppress-vmdesc': 'off' },
        'usb-device': { 'msos-desc': 'off' },
        hpet: { 'hpet-intcap': '4' },
      },
    },
  ],
  [
    '1.6',
    {
      firmwareFiles: {},
      globals: {
        [MODEL]: { ...modelName('1.6.0'), model: '2' },
        [HOST]: { short_root_bus: '1' },
        e1000: { mitigation: 'off' },
      },
    },
  ],
  [
    '1.5',
    {
      globals: {
        [MODEL]: modelName('1.5.0'),
        [CPU]: { pmu: 'on' },
        [HOST]: { short_root_bus: '0' },
        'virtio-net-pci': { any_layout: 'off' },
      },
    },
  ],
  [
    '1.4',
    {
      globals: {
        [MODEL]: modelName('1.4.0'),
        'scsi-hd': { discard_granularity: '0' },
        'scsi-cd': { discard_granularity: '0' },
        'ide-hd': { discard_granularity: '0' },
        'ide-cd': { discard_granularity: '0' },
        'virtio-blk-pci': { discard_granularity: '0' },
        'virtio-serial-pci': { vectors: '0xffffffff' },
        'virtio-net-pci': { ctrl_guest_offloads: 'off', romfile: 'pxe-virtio.rom' },
        e1000: { romfile: 'pxe-e1000.rom' },
        ne2k_pci: { romfile: 'pxe-ne2k_pci.rom' },
        pcnet: { romfile: 'pxe-pcnet.rom' },
        rtl8139: { romfile: 'pxe-rtl8139.rom' },
      },
    },
  ],
];

/** Every version, the newest first. */
export const PC_VERSIONS: readonly PcVersion[] = history();

function history(): readonly PcVersion[] {
  const versions = [NEWEST];
  let next = NEWEST;
  for (const [name, { globals = {}, ...step }] of STEPS) {
    next = { ...next, ...step, name, globals: [...next.globals, changesAfter(name), globals] };
    versions.push(next);
  }
  return versions;
}
