import { QmpError } from '../../base/errors.ts';
import { Bus } from '../../qdev/bus.ts';
import { bit, bool, type OnOffAuto, onOffAuto, uint32 } from '../../qdev/properties.ts';
import type { Property } from '../../qom/property.ts';
import type { QomType, TypeInfo } from '../../qom/type.ts';
import { PciDevice } from '../device.ts';
import { VirtioDevice } from './virtio-device.ts';

const VECTORS_UNSET = 0xffffffff;
const MSIX_BAR_SIZE = 0x1000;
const MODERN_BAR_SIZE = 0x4000;
const MODERN_REGION_SIZE = 0x1000n;
/** Bytes of the legacy register block before the device's own configuration (virtio 1.1, 4.1.4.8). */
const LEGACY_HEADER_SIZE = 20;

const disableLegacy = onOffAuto('disable-legacy', 'auto');
const disableModern = bool('disable-modern', false);
const vectors = uint32('vectors', VECTORS_UNSET);

declare module '../../qom/type.ts' {
  interface ClassData {
    /** What kind of virtio device a virtio PCI function carries. */
    readonly virtio?: {
      /** Type of the device proper, the child `virtio-backend`. */
      readonly backend: string;
      /** Bytes of the legacy I/O BAR. */
      readonly legacyBarSize: number;
      /** MSI-X vectors used unless the user says otherwise. */
      readonly vectors: number;
    };
  }
}

/** A PCI function that carries a virtio device (virtio 1.1, 4.1). */
class VirtioPci extends PciDevice {
  readonly backend: VirtioDevice;

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

  protected override onPciRealize(): void {
    const legacy = this.#legacyMode();
    const modern = !this.value(disableModern);
    if (!legacy && !modern)
      throw new QmpError('device cannot work as neither modern nor legacy mode is enabled');
    if (this.value(vectors) === VECTORS_UNSET) this.setValue(vectors, this.#virtio.vectors);
    const bus = new Bus(this.type.registry.require('virtio-pci-bus'), 'virtio-bus', this);
    this.backend.realize(bus);
    const name = this.backend.virtioName;
    if (modern) this.#addModernBar(name);
    this.#addMsixBar();
    if (legacy) {
      this.region('virtio-pci', BigInt(this.#virtio.legacyBarSize), 'io');
      this.addBar({ index: 0, type: 'io', size: this.#virtio.legacyBarSize });
    }
  }

  protected override onPciUnrealize(): void {
    this.backend.unrealize();
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }

  /** On a conventional bus `auto` means that old guests are served too. */
  #legacyMode(): boolean {
    const wanted: OnOffAuto = this.value(disableLegacy) === 'auto' ? 'off' : this.value(disableLegacy);
    this.setValue(disableLegacy, wanted);
    return wanted === 'off';
  }

  #addModernBar(name: string): void {
    const bar = this.region('virtio-pci', BigInt(MODERN_BAR_SIZE));
    ['common', 'isr', 'device', 'notify'].forEach((part, index) => {
      const region = this.region(`virtio-pci-${part}-${name}`, MODERN_REGION_SIZE, 'io');
      bar.addSubregion(BigInt(index) * MODERN_REGION_SIZE, region);
    });
    this.region(`virtio-pci-notify-pio-${name}`, 4n, 'io');
    this.addBar({ index: 4, type: 'memory', size: MODERN_BAR_SIZE, prefetch: true, is64: true });
  }

  #addMsixBar(): void {
    const count = this.value(vectors);
    if (count === 0) return;
    const bar = this.region(`${this.type.name}-msix`, BigInt(MSIX_BAR_SIZE));
    bar.addSubregion(0n, this.region('msix-table', BigInt(count * 16), 'io'));
    bar.addSubregion(0x800n, this.region('msix-pba', 8n, 'io'));
    this.addBar({ index: 1, type: 'memory', size: MSIX_BAR_SIZE });
  }

  override get bars() {
    return [...super.bars].sort((a, b) => a.index - b.index);
  }
}

/** A property of the device proper, offered on the function that carries it. */
export function onBackend(property: Property): Property {
  const { get, set } = property;
  return {
    name: property.name,
    type: property.type,
    ...(property.description === undefined ? {} : { description: property.description }),
    ...(property.defaultValue === undefined ? {} : { defaultValue: property.defaultValue }),
    ...(get === undefined ? {} : { get: object => get.call(property, backendOf(object)) }),
    ...(set === undefined
      ? {}
      : { set: (object, visitor) => set.call(property, backendOf(object), visitor) }),
    ...(property.target === undefined ? {} : { target: object => property.target?.(backendOf(object)) }),
  };
}

function backendOf(object: unknown): VirtioDevice {
  if (!(object instanceof VirtioPci)) throw new Error('not a virtio PCI function');
  return object.backend;
}

/** Bytes of the legacy BAR for a device with so much configuration of its own. */
export function legacyBarSize(configBytes: number): number {
  return 2 ** Math.ceil(Math.log2(LEGACY_HEADER_SIZE + configBytes));
}

export const VIRTIO_PCI_TYPES: readonly TypeInfo[] = [
  { name: 'virtio-bus', parent: 'bus', abstract: true, class: { maxDevices: 1 } },
  { name: 'virtio-pci-bus', parent: 'virtio-bus' },
  {
    name: 'virtio-pci',
    parent: 'pci-device',
    abstract: true,
    properties: [
      bit('migrate-extra', true),
      bit('ats', false),
      bool('x-ignore-backend-features', false),
      bit('x-pcie-pm-init', true),
      bit('aer', false),
      bit('x-pcie-flr-init', true),
      bit('x-pcie-lnkctl-init', true),
      bit('x-ats-page-aligned', true),
      bit('page-per-vq', false),
      bit('x-pcie-deverr-init', true),
      bit('virtio-pci-bus-master-bug-migration', false),
      bit('modern-pio-notify', false),
      bit('x-disable-pcie', false),
    ],
    create: type => new VirtioPci(type),
  },
];

/** What every concrete virtio PCI type has beyond `virtio-pci`. */
export const VIRTIO_MODE_PROPERTIES: readonly Property[] = [
  vectors,
  bit('ioeventfd', true),
  disableLegacy,
  disableModern,
];
