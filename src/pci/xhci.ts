import { MemoryRegion } from '../memory/region.ts';
import { Bus } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { bit, uint32 } from '../qdev/properties.ts';
import { linkProperty, type Property } from '../qom/property.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { PciDevice } from './device.ts';

const BAR_SIZE = 0x4000;

const p2 = uint32('p2', 4);
const p3 = uint32('p3', 4);
const streams = bit('streams', true);

/** The registers of an xHCI controller, the same on every bus it may sit on (xHCI 1.1, chapter 5). */
const REGISTERS = { capabilities: 0x40, operational: 0x400, runtime: 0x220, doorbell: 0x400 } as const;
const PORT_REGISTERS = 0x10;

/** The controller proper, independent of the bus it is reached by. */
class XhciCore extends Device {
  owner: Device | undefined;

  protected override onRealize(): void {
    const io = (label: string, size: number) => new MemoryRegion(this, label, BigInt(size), 'io');
    io('xhci', BAR_SIZE);
    for (const [label, size] of Object.entries(REGISTERS)) io(label, size);
    for (let port = 1; port <= this.value(p2); port++) io(`usb2 port #${port}`, PORT_REGISTERS);
    for (let port = 1; port <= this.value(p3); port++) io(`usb3 port #${port}`, PORT_REGISTERS);
  }

  protected override onUnrealize(): void {
    for (const child of [...this.children.values()]) if (child instanceof MemoryRegion) child.destroy();
  }
}

/** An xHCI host controller as a PCI function, with a USB bus below. */
class PciXhci extends PciDevice {
  readonly core: XhciCore;

  constructor(type: QomType) {
    super(type);
    this.core = new XhciCore(type.registry.require('base-xhci'));
    this.core.owner = this;
    this.addChild('xhci-core', this.core);
  }

  protected override onPciRealize(): void {
    for (const property of [p2, p3]) this.core.setValue(property, this.value(property));
    this.core.setValue(streams, this.value(streams));
    this.core.realize();
    const registers = this.core.children.get('xhci[0]');
    const table = this.region('msix-table', 256n, 'io');
    const pending = this.region('msix-pba', 8n, 'io');
    if (registers instanceof MemoryRegion) {
      registers.addSubregion(0x3000n, table);
      registers.addSubregion(0x3800n, pending);
    }
    this.addBar({ index: 0, type: 'memory', size: BAR_SIZE, is64: true });
    const bus = new Bus(this.type.registry.require('usb-bus'), `${this.id ?? 'usb-bus'}.0`, this);
    bus.hotplugHandler = undefined;
  }

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
    this.core.unrealize();
  }
}

const XHCI_PROPERTIES: readonly Property[] = [
  linkProperty('host', 'device', object => (object instanceof XhciCore ? object.owner : object)),
  p3,
  streams,
  p2,
];

export const XHCI_TYPES: readonly TypeInfo[] = [
  { name: 'usb-bus', parent: 'bus', interfaces: ['hotplug-handler'] },
  {
    name: 'base-xhci',
    parent: 'device',
    properties: XHCI_PROPERTIES,
    create: type => new XhciCore(type),
    class: { userCreatable: false },
  },
  {
    name: 'pci-xhci',
    parent: 'pci-device',
    abstract: true,
    interfaces: ['conventional-pci-device', 'pci-express-device'],
    properties: XHCI_PROPERTIES,
    create: type => new PciXhci(type),
    class: { category: 'usb' },
  },
  {
    name: 'qemu-xhci',
    parent: 'pci-xhci',
    class: { pci: { vendor: 0x1b36, device: 0x000d, classCode: 0x0c03, revision: 1, interruptPin: 1 } },
  },
];
