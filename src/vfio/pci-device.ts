import { attempt } from '../base/disposal.ts';
import { HostError, QmpError } from '../base/errors.ts';
import { SYSFS_PCI_DEVICES } from '../host/sysfs.ts';
import { VFIO_PCI_ROM_REGION, type VfioDevice, type VfioRegionInfo } from '../host/vfio-device.ts';
import { PciDevice, type PciIdentity } from '../pci/device.ts';
import { failoverPairId } from '../pci/properties.ts';
import { bootindex } from '../qdev/bootindex.ts';
import { unplugDevice } from '../qdev/device-del.ts';
import { bit, bool, choice, onOffAuto, str, uint32 } from '../qdev/properties.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { hostStep, prefixing } from './errors.ts';
import type { VfioGroup, VfioGroupDevice } from './group.ts';
import { VfioInterrupts } from './interrupts.ts';
import { formatHostAddress, gpudirectClique, hostAddress } from './properties.ts';
import type { VfioSystem } from './system.ts';

const NOT_OVERRIDDEN = 0xffffffff;
const PROGRAMMING_INTERFACE_BITS = 8;

const sysfsdev = str('sysfsdev');
const vendorOverride = uint32('x-pci-vendor-id', NOT_OVERRIDDEN);
const deviceOverride = uint32('x-pci-device-id', NOT_OVERRIDDEN);
const subVendorOverride = uint32('x-pci-sub-vendor-id', NOT_OVERRIDDEN);
const subDeviceOverride = uint32('x-pci-sub-device-id', NOT_OVERRIDDEN);

/** What is held of the host while a device is assigned. */
interface Assignment {
  readonly group: VfioGroup;
  readonly entry: VfioGroupDevice;
  readonly file: VfioDevice;
  readonly interrupts: VfioInterrupts;
}

/** A PCI function of the host, given to the guest. */
export class VfioPciDevice extends PciDevice {
  #assignment: Assignment | undefined;

  constructor(
    type: QomType,
    private readonly vfio: VfioSystem,
  ) {
    super(type);
  }

  /** Address of the host's device while it is assigned. */
  get hostName(): string | undefined {
    return this.#assignment?.entry.name;
  }

  /** Number of its IOMMU group while it is assigned. */
  get groupId(): number | undefined {
    return this.#assignment?.group.id;
  }

  /** The host device's own numbers, where the user did not override them. */
  override get identity(): PciIdentity {
    const facts = this.#assignment?.file.facts;
    if (facts === undefined) throw new Error('vfio-pci is not realized');
    return {
      vendor: this.#override(vendorOverride, facts.vendor),
      device: this.#override(deviceOverride, facts.device),
      classCode: facts.class >> PROGRAMMING_INTERFACE_BITS,
      programmingInterface: facts.class & ((1 << PROGRAMMING_INTERFACE_BITS) - 1),
      revision: facts.revision,
      subsystemVendor: this.#override(subVendorOverride, facts.subsystemVendor),
      subsystem: this.#override(subDeviceOverride, facts.subsystemDevice),
      interruptPin: 1,
    };
  }

  /** One of a pair for failover goes before the machine moves. */
  override get migrationBlocker(): string | undefined {
    return this.value(failoverPairId) === undefined ? "VFIO device doesn't support migration" : undefined;
  }

  #override(property: typeof vendorOverride, own: number): number {
    const value = this.value(property);
    return value === NOT_OVERRIDDEN ? own : value & 0xffff;
  }

  protected override onPciRealize(): void {
    const path = this.#sysfsPath();
    const folder = this.vfio.environment.process.sysfsFolder(path);
    if (folder === undefined) {
      throw new QmpError(`vfio ${path}: no such host device: No such file or directory`);
    }
    const { name, device } = folder;
    prefixing(`vfio ${name}: `, () => {
      const group = device?.group;
      if (group === undefined) throw new QmpError('no iommu_group found: No such file or directory');
      this.#assignment = this.#assign(name, group.id);
    });
  }

  #sysfsPath(): string {
    const path = this.value(sysfsdev);
    if (path !== undefined) return path;
    const address = this.value(hostAddress);
    if (address === undefined) {
      throw new QmpError(
        'No provided host device',
        'GenericError',
        'Use -device vfio-pci,host=DDDD:BB:DD.F or -device vfio-pci,sysfsdev=PATH_TO_DEVICE',
      );
    }
    return `${SYSFS_PCI_DEVICES}/${formatHostAddress(address)}`;
  }

  #assign(name: string, groupId: number): Assignment {
    return attempt(undo => {
      this.vfio.environment.trace.point('vfio_realize', name, groupId);
      const group = this.vfio.getGroup(groupId, this.dmaSpace);
      undo.push(() => this.vfio.putGroup(group));
      if (this.value(balloonAllowed))
        throw new QmpError('x-balloon-allowed only potentially compatible with mdev devices');
      const entry: VfioGroupDevice = { name, id: this.id, path: this.path };
      const file = group.openDevice(entry);
      undo.push(() => group.closeDevice(entry, file));
      this.#addRegions(name, file);
      const interrupts = new VfioInterrupts(file, name, this.vfio.environment);
      undo.push(() => interrupts.disable());
      interrupts.enableIntx();
      this.#checkDisplay();
      interrupts.enableNotices(this.value(requestNotice) ? () => this.#returnToHost(name) : undefined);
      return { group, entry, file, interrupts };
    });
  }

  /** The host wants its device back: the guest is asked to let it go. */
  #returnToHost(name: string): void {
    try {
      unplugDevice(this);
    } catch (error) {
      if (!(error instanceof QmpError)) throw error;
      this.vfio.environment.report(`warning: vfio ${name}: ${error.desc}`);
    }
  }

  /** The hosts here have no device whose picture could be shown. */
  #checkDisplay(): void {
    if (this.value(display) === 'on')
      throw new QmpError("vfio: device doesn't support any (known) display method");
    if (this.value(ramfb)) throw new QmpError('ramfb=on requires display=on');
    if (this.value(xres) !== 0 || this.value(yres) !== 0)
      throw new QmpError('xres and yres properties require display=on');
  }

  #addRegions(name: string, file: VfioDevice): void {
    for (let index = 0; index < VFIO_PCI_ROM_REGION; index++) {
      const info = hostStep(`failed to get region ${index} info`, () => file.getRegionInfo(index));
      const label = `${name} BAR ${index}`;
      const offset = BigInt(index) << REGION_SHIFT;
      const { trace } = this.vfio.environment;
      trace.point('vfio_region_setup', name, index, label, regionFlags(info), offset, info.size);
      const bar = file.facts.bars.find(each => each.index === index);
      if (bar === undefined || info.size === 0n) continue;
      const region = this.region(label, info.size, 'io');
      this.addBar({
        index,
        type: bar.type === 'io' ? 'io' : 'memory',
        size: Number(info.size),
        prefetch: bar.prefetch,
        is64: bar.type === 'mem64',
        region,
      });
    }
  }

  override onReset(): void {
    if (this.hostName !== undefined) this.vfio.environment.trace.point('vfio_pci_reset', this.hostName);
    try {
      this.#assignment?.file.reset();
    } catch (error) {
      // A device that the host cannot reset is left as it is.
      if (!(error instanceof HostError)) throw error;
    }
  }

  protected override onPciUnrealize(): void {
    const assignment = this.#assignment;
    if (assignment === undefined) return;
    this.#assignment = undefined;
    assignment.interrupts.disable();
    assignment.group.closeDevice(assignment.entry, assignment.file);
    this.vfio.putGroup(assignment.group);
  }
}

/** Of `VFIO_DEVICE_GET_REGION_INFO` (linux/vfio.h): whether it can be read, written and mapped. */
function regionFlags({ size, writable, mappable }: VfioRegionInfo): number {
  return size === 0n ? 0 : 1 | (writable ? 2 : 0) | (mappable ? 4 : 0);
}

/** By which regions are apart in a device's file. */
const REGION_SHIFT = 40n;

const requestNotice = bit('x-req', true);
const balloonAllowed = bool('x-balloon-allowed', false);
const display = onOffAuto('display', 'off');
const xres = uint32('xres', 0);
const yres = uint32('yres', 0);
const ramfb = bool('ramfb', false);

const PROPERTIES = [
  bool('x-no-kvm-msix', false),
  yres,
  bit('x-vga', false),
  onOffAuto('x-pre-copy-dirty-page-tracking', 'on'),
  gpudirectClique,
  choice(
    'x-msix-relocation',
    'OffAutoPCIBAR',
    ['off', 'auto', 'bar0', 'bar1', 'bar2', 'bar3', 'bar4', 'bar5'],
    'off',
  ),
  bool('x-no-vfio-ioeventfd', false),
  sysfsdev,
  hostAddress,
  deviceOverride,
  bool('x-no-kvm-msi', false),
  subVendorOverride,
  bool('x-enable-migration', false),
  bool('x-no-geforce-quirks', false),
  requestNotice,
  uint32('x-igd-gms', 0),
  uint32('x-intx-mmap-timeout-ms', 1100),
  bool('x-no-kvm-intx', false),
  bool('x-no-kvm-ioeventfd', false),
  subDeviceOverride,
  display,
  bit('x-igd-opregion', false),
  vendorOverride,
  xres,
  bool('x-no-mmap', false),
  balloonAllowed,
  bootindex,
] as const;

/** @param vfio the machine's VFIO state, which the devices become part of */
export function vfioPciTypes(vfio: VfioSystem): readonly TypeInfo[] {
  return [
    {
      name: 'vfio-pci',
      parent: 'pci-device',
      interfaces: ['conventional-pci-device', 'pci-express-device'],
      properties: PROPERTIES,
      create: type => new VfioPciDevice(type, vfio),
      class: { description: 'VFIO-based PCI device assignment', category: 'misc' },
    },
    {
      name: 'vfio-pci-nohotplug',
      parent: 'vfio-pci',
      properties: [ramfb],
      class: { hotpluggable: false },
    },
  ];
}
