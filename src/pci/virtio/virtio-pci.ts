import { QmpError } from '../../base/errors.ts';
import { Bus } from '../../qdev/bus.ts';
import { bit, bool, type OnOffAuto, onOffAuto, uint32 } from '../../qdev/properties.ts';
import type { QomType, TypeInfo } from '../../qom/type.ts';
import { PciDevice, type PciIdentity } from '../device.ts';
import { at, container, io, memoryBar, msix, portBar, type RegionPart, type RegionPlan } from '../layout.ts';
import { powerOfTwoAtLeast } from '../option-rom.ts';
import { VirtioDevice } from './virtio-device.ts';

/** Vendor of all virtio functions, and of their subsystems (virtio 1.1, 4.1.2). */
const RED_HAT_QUMRANET = 0x1af4;
/** Added to the kind of device where no driver from before virtio 1.0 is served. */
const MODERN_DEVICE_BASE = 0x1040;
const MODERN_SUBSYSTEM = 0x1100;
const VECTORS_UNSET = 0xffffffff;
/** Most entries of an MSI-X table (PCI 3.0, 6.8.2.3). */
const MAX_VECTORS = 2048;
const MSIX_ENTRY_SIZE = 16;
const MSIX_BAR_SIZE = 0x1000;
export const MODERN_PART_SIZE = 0x1000;
const MAX_QUEUES = 1024;
const NOTIFY_STRIDE = 4;
const PAGE = 0x1000;
/** Bytes of the legacy register block before the device's own configuration (virtio 1.1, 4.1.4.8). */
const LEGACY_HEADER_SIZE = 20;
const LEGACY_MSIX_SIZE = 4;

/** The bus between a virtio device and what carries it, which is where it is. */
class VirtioBus extends Bus {
  override devicePath(): string | undefined {
    return this.owner?.devicePath;
  }
}

export const vectors = (initial: number = VECTORS_UNSET) => uint32('vectors', initial);
export const ioeventfd = (initial = true) => bit('ioeventfd', initial);
export const disableLegacy = onOffAuto('disable-legacy', 'auto');
export const disableModern = bool('disable-modern', false);
export const classOverride = uint32('class', 0);
const pagePerQueue = bit('page-per-vq', false);
const modernPortNotify = bit('modern-pio-notify', false);

declare module '../../qom/type.ts' {
  interface ClassData {
    /** What kind of virtio device a virtio PCI function carries. */
    readonly virtio?: {
      /** Type of the device proper, the child `virtio-backend`. */
      readonly backend: string;
      /** Kind of device (virtio 1.1, chapter 5). */
      readonly kind: number;
      /** PCI device id for drivers from before virtio 1.0; absent where there are none. */
      readonly transitionalId?: number;
      readonly classCode: number;
      /** The class codes that the user can set, if not all. */
      readonly classChoices?: readonly number[];
    };
    /** `transitional` and `non-transitional` types leave no choice to the user. */
    readonly virtioMode?: 'transitional' | 'non-transitional';
  }
}

/** A PCI function that carries a virtio device (virtio 1.1, 4.1). */
export class VirtioPci extends PciDevice {
  readonly backend: VirtioDevice;
  /** Base address registers for drivers of today, for a port that they may use instead of memory, and for MSI-X. */
  protected readonly modernBar: number = 4;
  protected readonly portsBar: number = 2;
  protected readonly msixBar: number = 1;
  #legacy = false;

  constructor(type: QomType) {
    super(type);
    const backend = type.registry.create(this.#virtio.backend);
    if (!(backend instanceof VirtioDevice)) throw new Error(`${this.#virtio.backend} is not a virtio device`);
    this.backend = backend;
    this.addChild('virtio-backend', backend);
  }

  get #virtio() {
    const { virtio } = this.type.class;
    if (virtio === undefined) throw new Error(`${this.type.name} carries no virtio device`);
    return virtio;
  }

  override get identity(): PciIdentity {
    const { kind, transitionalId, classCode } = this.#virtio;
    const common = {
      vendor: RED_HAT_QUMRANET,
      revision: 1,
      interruptPin: 1,
      subsystemVendor: RED_HAT_QUMRANET,
    };
    const wanted = this.value(classOverride);
    const shown = wanted === 0 ? classCode : wanted;
    return this.#legacy && transitionalId !== undefined
      ? { ...common, classCode: shown, device: transitionalId, revision: 0, subsystem: kind }
      : {
          ...common,
          classCode: shown,
          device: MODERN_DEVICE_BASE + kind,
          subsystem: MODERN_SUBSYSTEM,
        };
  }

  override get subsystem(): number {
    return this.identity.subsystem ?? MODERN_SUBSYSTEM;
  }

  protected override onPciRealize(): void {
    const modern = this.#chooseMode();
    if (this.type.properties.has('vectors')) {
      if (this.#vectors === VECTORS_UNSET) this.setValue(vectors(), this.backend.defaultVectors);
    }
    const { classChoices, classCode } = this.#virtio;
    if (classChoices?.includes(this.value(classOverride)) === false) this.setValue(classOverride, classCode);
    const bus = new VirtioBus(this.type.registry.require('virtio-pci-bus'), 'virtio-bus', this);
    this.backend.realize(bus);
    const name = this.backend.virtioName;
    const modernParts = this.#modernRegion(name, modern);
    if (modern) this.#addModernBars(name, modernParts);
    else this.regions(modernParts);
    const hasMsix = this.#addMsixBar();
    if (this.#legacy) {
      const header = LEGACY_HEADER_SIZE + (hasMsix ? LEGACY_MSIX_SIZE : 0);
      const size = powerOfTwoAtLeast(header + this.backend.configSize);
      this.plannedBar(portBar(0, io('virtio-pci', size)));
    }
  }

  protected override onPciUnrealize(): void {
    this.backend.unrealize();
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }

  get #vectors(): number {
    const property = this.type.properties.get('vectors');
    return property === undefined ? 0 : Number(property.get?.(this) ?? 0);
  }

  /** Decides whom to serve: drivers from before virtio 1.0, drivers of today, or both. @returns whether those of today */
  #chooseMode(): boolean {
    const mode = this.type.class.virtioMode;
    if (mode !== undefined) {
      this.#legacy = mode === 'transitional';
      this.backend.checkModern();
      return true;
    }
    // On a port of PCI Express `auto` means that only new guests are served.
    const behindPort = this.bus.isExpress && this.bus.parentBus !== undefined;
    const given = this.value(disableLegacy);
    const wanted: OnOffAuto = given === 'auto' ? (behindPort ? 'on' : 'off') : given;
    this.setValue(disableLegacy, wanted);
    const modern = !this.value(disableModern);
    if (wanted === 'on' && !modern) {
      throw new QmpError(
        'device cannot work as neither modern nor legacy mode is enabled',
        'GenericError',
        'Set either disable-modern or disable-legacy to off',
      );
    }
    if (this.#virtio.transitionalId === undefined) {
      this.setValue(disableLegacy, 'on');
      this.setValue(disableModern, false);
      this.#legacy = false;
      return true;
    }
    this.#legacy = wanted === 'off';
    if (modern) this.backend.checkModern();
    else this.backend.restrictToLegacy();
    return modern;
  }

  /** Where drivers of today find the device: there is a place for it also where they are not served. */
  #modernRegion(name: string, modern: boolean): RegionPlan {
    const notifySize = MAX_QUEUES * (this.value(pagePerQueue) ? PAGE : NOTIFY_STRIDE);
    const size = powerOfTwoAtLeast(3 * MODERN_PART_SIZE + notifySize);
    return container('virtio-pci', size, ...(modern ? this.modernParts(name, notifySize) : []));
  }

  /** What lies where in the region for drivers of today. */
  protected modernParts(name: string, notifySize: number): readonly RegionPart[] {
    return [
      at(0, modernPart('common', name, MODERN_PART_SIZE)),
      at(MODERN_PART_SIZE, modernPart('isr', name, MODERN_PART_SIZE)),
      at(2 * MODERN_PART_SIZE, modernPart('device', name, MODERN_PART_SIZE)),
      at(3 * MODERN_PART_SIZE, modernPart('notify', name, notifySize)),
    ];
  }

  #addModernBars(name: string, parts: RegionPlan): void {
    this.plannedBar(memoryBar(this.modernBar, parts, { prefetch: true, is64: true }));
    const ports = modernPart('notify-pio', name, NOTIFY_STRIDE);
    if (this.value(modernPortNotify))
      this.plannedBar(portBar(this.portsBar, container('virtio-pci-io', 4, at(0, ports))));
    else this.regions(ports);
  }

  /** @returns whether there is MSI-X at all */
  #addMsixBar(): boolean {
    const count = this.#vectors;
    if (count === 0 || count > MAX_VECTORS) return false;
    const pendingAt = Math.max(count * MSIX_ENTRY_SIZE, MSIX_BAR_SIZE / 2);
    const size = powerOfTwoAtLeast(Math.max(pendingAt + Math.ceil(count / 64) * 8, MSIX_BAR_SIZE));
    this.plannedBar(
      memoryBar(this.msixBar, container(`${this.type.name}-msix`, size, ...msix(count, 0, pendingAt))),
    );
    return true;
  }
}

export function modernPart(which: string, name: string, size: number): RegionPlan {
  return io(`virtio-pci-${which}-${name}`, size);
}

export const VIRTIO_PCI_TYPES: readonly TypeInfo[] = [
  { name: 'virtio-bus', parent: 'bus', abstract: true, class: { maxDevices: 1 } },
  { name: 'virtio-pci-bus', parent: 'virtio-bus' },
  {
    name: 'virtio-pci',
    parent: 'pci-device',
    abstract: true,
    properties: [
      bit('virtio-pci-bus-master-bug-migration', false),
      bit('migrate-extra', true),
      modernPortNotify,
      bit('x-disable-pcie', false),
      pagePerQueue,
      bool('x-ignore-backend-features', false),
      bit('ats', false),
      bit('x-ats-page-aligned', true),
      bit('x-pcie-deverr-init', true),
      bit('x-pcie-lnkctl-init', true),
      bit('x-pcie-pm-init', true),
      bit('x-pcie-flr-init', true),
      bit('aer', false),
    ],
    create: type => new VirtioPci(type),
  },
];
