import { bool, choice, onOffAuto, uint8, uint16 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { CLASS_BRIDGE_PCI } from './class-codes.ts';
import { at, container, io, memoryBar, msix } from './layout.ts';
import { type BridgeWindows, HotplugBridge } from './pci-bridge.ts';
import { PcieSlot, powerController, SLOT_PROPERTIES } from './pcie-slot.ts';
import { PORT_TYPE } from './port-types.ts';
import { checkReservations, RESERVATIONS, reserveIoPorts } from './reservations.ts';

const RED_HAT = 0x1b36;
const INTEL = 0x8086;
const TEXAS_INSTRUMENTS = 0x104c;
/** Base above limit: nothing passes. */
const CLOSED: BridgeWindows = {
  io: { base: 0xf000, limit: 0xfff },
  memory: { base: 0xfff00000, limit: 0xfffff },
};

class RootPort extends PcieSlot {
  override get windows(): BridgeWindows {
    return CLOSED;
  }
}

/** The one that is no real device's image. */
class GenericRootPort extends RootPort {
  protected override onPciRealize(): void {
    super.onPciRealize();
    // Firmware leaves I/O ports only for slots with registers of their own.
    if (this.takesHotplug && !this.isHotplugCapable) reserveIoPorts(this);
    checkReservations(this);
  }
}

function bridge(vendor: number, device: number, interruptPin = 0) {
  return { vendor, device, classCode: CLASS_BRIDGE_PCI, interruptPin };
}

/** Ports of PCI Express: of the root complex, and of switches (PCI Express 4.0, 1.3). */
export const PCIE_PORT_TYPES: readonly TypeInfo[] = [
  {
    name: 'pcie-port',
    parent: 'base-pci-bridge',
    abstract: true,
    properties: [uint8('port', 0), uint16('aer_log_max', 8)],
    class: { secondaryBus: 'PCIE' },
  },
  {
    name: 'pcie-slot',
    parent: 'pcie-port',
    abstract: true,
    interfaces: ['hotplug-handler'],
    properties: SLOT_PROPERTIES,
    create: type => new PcieSlot(type),
  },
  {
    name: 'pcie-root-port-base',
    parent: 'pcie-slot',
    abstract: true,
    interfaces: ['pci-express-device'],
    properties: [powerController, bool('disable-acs', false)],
    create: type => new RootPort(type),
    class: { portType: PORT_TYPE.root },
  },
  {
    name: 'pcie-root-port',
    parent: 'pcie-root-port-base',
    create: type => new GenericRootPort(type),
    properties: [
      bool('x-migrate-msix', true),
      ...RESERVATIONS,
      choice('x-speed', 'PCIELinkSpeed', ['2_5', '5', '8', '16'], '16'),
      choice('x-width', 'PCIELinkWidth', ['1', '2', '4', '8', '12', '16', '32'], '32'),
    ],
    class: {
      description: 'PCI Express Root Port',
      pci: bridge(RED_HAT, 0x000c, 1),
      bars: [memoryBar(0, container('pcie-root-port-msix', 0x1000, ...msix(1, 0, 0x800)))],
    },
  },
  {
    name: 'ioh3420',
    parent: 'pcie-root-port-base',
    class: { description: 'Intel IOH device id 3420 PCIE Root Port', pci: bridge(INTEL, 0x3420, 1) },
  },
  {
    name: 'x3130-upstream',
    parent: 'pcie-port',
    interfaces: ['pci-express-device'],
    class: {
      description: 'TI X3130 Upstream Port of PCI Express Switch',
      portType: PORT_TYPE.upstream,
      pci: bridge(TEXAS_INSTRUMENTS, 0x8232),
    },
  },
  {
    name: 'xio3130-downstream',
    parent: 'pcie-slot',
    interfaces: ['pci-express-device'],
    properties: [powerController],
    class: {
      description: 'TI X3130 Downstream Port of PCI Express Switch',
      portType: PORT_TYPE.downstream,
      pci: bridge(TEXAS_INSTRUMENTS, 0x8233),
    },
  },
  {
    name: 'pcie-pci-bridge',
    parent: 'base-pci-bridge',
    interfaces: ['pci-express-device', 'hotplug-handler'],
    properties: [onOffAuto('msi', 'auto')],
    create: type => new HotplugBridge(type),
    class: {
      portType: PORT_TYPE.expressToPci,
      pci: bridge(RED_HAT, 0x000e, 1),
      bars: [memoryBar(0, container('shpc-bar', 0x100, at(0, io('shpc-mmio', 0xa0))), { is64: true })],
    },
  },
];
