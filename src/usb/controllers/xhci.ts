import { MemoryRegion } from '../../memory/region.ts';
import { PciDevice } from '../../pci/device.ts';
import { at, container, io, makeRegions, type RegionPart } from '../../pci/layout.ts';
import { Device } from '../../qdev/device.ts';
import { LinkProperty, legacyText } from '../../qdev/link-property.ts';
import { bit, onOffAuto, uint32 } from '../../qdev/properties.ts';
import type { Property } from '../../qom/property.ts';
import type { QomType, TypeInfo } from '../../qom/type.ts';
import { UsbBus, UsbPort, type UsbSpeed } from '../bus.ts';

declare module '../../qom/type.ts' {
  interface ClassData {
    /** For xHCI controllers: what one has that others have not. */
    readonly xhci?: {
      readonly interrupters: number;
      /** Whether it offers streams, whatever the user wants. */
      readonly streams: boolean;
    };
  }
}

/** Where the blocks of registers are, and their sizes (xHCI 1.1, chapter 5). */
const REGISTERS_SIZE = 0x4000;
const CAPABILITIES = { offset: 0x0, size: 0x40 };
const OPERATIONAL = { offset: 0x40, size: 0x400 };
const PORTS = { offset: 0x440, size: 0x10 };
const RUNTIME = { offset: 0x1000, header: 0x20, perInterrupter: 0x20 };
const DOORBELLS = { offset: 0x2000, size: 0x820 };
const MSIX_TABLE = 0x3000;
const MSIX_PENDING = 0x3800;
const MSIX_ENTRY_SIZE = 16;

/** The device that the controller is a part of. */
const host = new LinkProperty('host', 'device');
const p2 = uint32('p2', 4);
const p3 = uint32('p3', 4);
const streams = bit('streams', true);

/** The controller proper, independent of the bus it is reached by. */
class XhciCore extends Device {
  /** Ports by number: USB 3 ones, then USB 2 ones. */
  get #ports(): readonly RegionPart[] {
    const port = (name: string, count: number, before: number) =>
      Array.from({ length: count }, (_, n) =>
        at(PORTS.offset + (before + n) * PORTS.size, io(`${name} port #${n + 1}`, PORTS.size)),
      );
    const usb3 = this.value(p3);
    return [...port('usb3', usb3, 0), ...port('usb2', this.value(p2), usb3)];
  }

  /** @returns the region behind the BAR */
  realizeRegisters(interrupters: number): MemoryRegion {
    this.realize();
    return makeRegions(
      this,
      container(
        'xhci',
        REGISTERS_SIZE,
        at(CAPABILITIES.offset, io('capabilities', CAPABILITIES.size)),
        at(OPERATIONAL.offset, io('operational', OPERATIONAL.size)),
        at(RUNTIME.offset, io('runtime', RUNTIME.header + interrupters * RUNTIME.perInterrupter)),
        at(DOORBELLS.offset, io('doorbell', DOORBELLS.size)),
        ...this.#ports,
      ),
      () => {},
    );
  }

  protected override onUnrealize(): void {
    for (const child of [...this.children.values()]) if (child instanceof MemoryRegion) child.destroy();
  }
}

const XHCI_LIMIT = 15;

/** An xHCI host controller as a PCI function, with a USB bus below. */
class PciXhci extends PciDevice {
  readonly core: XhciCore;

  constructor(type: QomType) {
    super(type);
    this.core = new XhciCore(type.registry.require('base-xhci'));
    this.addChild('xhci-core', this.core);
  }

  protected override onPciRealize(): void {
    const { interrupters = 16, streams: offersStreams = true } = this.type.class.xhci ?? {};
    this.core.setValue(host, this);
    if (!offersStreams) this.core.setValue(streams, false);
    for (const property of [p2, p3]) {
      this.core.setValue(property, Math.min(this.core.value(property), XHCI_LIMIT));
    }
    const registers = this.core.realizeRegisters(interrupters);
    registers.addSubregion(
      BigInt(MSIX_TABLE),
      this.regions(io('msix-table', interrupters * MSIX_ENTRY_SIZE)),
    );
    registers.addSubregion(BigInt(MSIX_PENDING), this.regions(io('msix-pba', 8)));
    this.addBar({ index: 0, type: 'memory', size: REGISTERS_SIZE, is64: true, region: registers });
    new UsbBus(this).addPorts(this.#rootPorts());
  }

  /** A USB 2 and a USB 3 port are one socket, as long as there are both. */
  #rootPorts(): readonly UsbPort[] {
    const usb2 = this.core.value(p2);
    const usb3 = this.core.value(p3);
    return Array.from({ length: Math.max(usb2, usb3) }, (_, n) => {
      const speeds: UsbSpeed[] = [];
      if (n < usb2) speeds.push('low', 'full', 'high');
      if (n < usb3) speeds.push('super');
      return new UsbPort(String(n + 1), speeds);
    });
  }

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
    this.system.keptUsbBuses++;
    this.core.unrealize();
  }
}

const CORE_PROPERTIES: readonly Property[] = [host, p3, streams, p2];

/** The same of the function; what is wrong with them is said of the controller proper. */
const XHCI_PROPERTIES = CORE_PROPERTIES.map(
  (property): Property => ({
    ...property,
    name: property.name,
    type: property.type,
    get: object => (object instanceof PciXhci ? property.get?.(object.core) : undefined) ?? null,
    set: (object, visitor) => {
      if (object instanceof PciXhci) property.set?.(object.core, visitor);
    },
    ...(property === host && {
      target: object => (object instanceof PciXhci ? host.target(object.core) : undefined),
    }),
  }),
);

export const XHCI_TYPES: readonly TypeInfo[] = [
  {
    name: 'base-xhci',
    parent: 'device',
    properties: [...CORE_PROPERTIES, legacyText('host')],
    create: type => new XhciCore(type),
    class: { userCreatable: false, neverFinalized: true },
  },
  {
    name: 'pci-xhci',
    parent: 'pci-device',
    abstract: true,
    interfaces: ['conventional-pci-device', 'pci-express-device'],
    create: type => new PciXhci(type),
    class: { category: 'usb', neverFinalized: true },
  },
  {
    name: 'qemu-xhci',
    parent: 'pci-xhci',
    instanceProperties: XHCI_PROPERTIES,
    class: {
      pci: {
        vendor: 0x1b36,
        device: 0x000d,
        classCode: 0x0c03,
        programmingInterface: 0x30,
        revision: 1,
        interruptPin: 1,
      },
      xhci: { interrupters: 16, streams: true },
    },
  },
  {
    name: 'nec-usb-xhci',
    parent: 'pci-xhci',
    properties: [
      onOffAuto('msi', 'auto'),
      onOffAuto('msix', 'auto'),
      bit('superspeed-ports-first', true),
      bit('force-pcie-endcap', false),
      uint32('intrs', 16),
      uint32('slots', 64),
    ],
    instanceProperties: XHCI_PROPERTIES,
    class: {
      pci: {
        vendor: 0x1033,
        device: 0x0194,
        classCode: 0x0c03,
        programmingInterface: 0x30,
        revision: 3,
        interruptPin: 1,
      },
      xhci: { interrupters: 16, streams: false },
    },
  },
];
