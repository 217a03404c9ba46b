import { QmpError } from '../base/errors.ts';
import type { PciMemoryRange } from '../generated/types.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import { defaultBusName } from '../qdev/bus.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import { bit, onOffAuto, uint8 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { PciBus } from './bus.ts';
import { CLASS_BRIDGE_PCI } from './class-codes.ts';
import { BRIDGE_CONFIG, CONFIG, type ConfigSpace, HEADER_TYPE_BRIDGE } from './config-space.ts';
import { PciDevice, type PciIdentity } from './device.ts';
import { at, container, io, memoryBar } from './layout.ts';
import { checkReservations, RESERVATIONS } from './reservations.ts';
import { StandardHotplug } from './shpc.ts';

const SHPC_BAR_SIZE = 0x100;
const SHPC_SIZE = 0xa0;
const INTA = 1;
const RED_HAT = 0x1b36;
const PORTS_SIZE = 2n ** 32n;
const ABOVE_ORDINARY_MEMORY = 1;

/** Number of the chassis whose slots this bridge's are; 0 is the main chassis. */
export const chassisNr = uint8('chassis_nr', 0);
const shpc = bit('shpc', true);
const msi = onOffAuto('msi', 'auto');

/** Addresses that a bridge forwards for VGA, as regions (PCI-to-PCI Bridge Architecture 1.2, 12.1.1). */
const VGA_WINDOWS = [
  ['pci_bridge_vga_io_lo', 0xcn],
  ['pci_bridge_vga_io_hi', 0x20n],
  ['pci_bridge_vga_mem', 0x20000n],
] as const;

declare module '../qom/type.ts' {
  interface ClassData {
    /** For bridges: the type of the bus behind. */
    readonly secondaryBus?: 'PCI' | 'PCIE';
  }
}

/** Address ranges of the side behind a bridge; limits include the granularity of its registers. */
export interface BridgeWindows {
  readonly io: PciMemoryRange;
  readonly memory: PciMemoryRange;
}

/** Numbers of the buses before a bridge and behind it, and of the last one behind it. */
export interface BusNumbers {
  readonly primary: number;
  readonly secondary: number;
  readonly subordinate: number;
}

const FROM_ZERO: BridgeWindows = { io: { base: 0, limit: 0xfff }, memory: { base: 0, limit: 0xfffff } };

/** A PCI-to-PCI bridge. */
export class PciBridge extends PciDevice {
  #secondary: PciBus | undefined;

  get secondaryBus(): PciBus {
    if (this.#secondary === undefined) throw new Error('bridge is not realized');
    return this.#secondary;
  }

  /** The bridge's own controller for hotplug behind it, if it has one. */
  protected get ownHotplug(): HotplugHandler | undefined {
    return undefined;
  }

  /** Whether anything behind it can come or go while the machine is up. */
  get takesHotplug(): boolean {
    return true;
  }

  /** What it passes on before anybody has programmed it. */
  get windows(): BridgeWindows {
    return FROM_ZERO;
  }

  /** As those who number buses have left them. */
  get busNumbers(): BusNumbers {
    const { primaryBus, secondaryBus, subordinateBus } = BRIDGE_CONFIG;
    return {
      primary: this.config.read(primaryBus, 1),
      secondary: this.config.read(secondaryBus, 1),
      subordinate: this.config.read(subordinateBus, 1),
    };
  }

  /** Writes the registers as software would. */
  numberBuses({ primary, secondary, subordinate }: BusNumbers): void {
    const { primaryBus, secondaryBus, subordinateBus } = BRIDGE_CONFIG;
    this.writeConfig(primaryBus, 1, primary);
    this.writeConfig(secondaryBus, 1, secondary);
    this.writeConfig(subordinateBus, 1, subordinate);
  }

  /** Buses behind bridges have no numbers before somebody gives them. */
  override onReset(): void {
    super.onReset();
    this.secondaryBus.number = 0;
  }

  protected override onPciRealize(): void {
    const busType = this.type.class.secondaryBus ?? 'PCI';
    const name = this.id ?? defaultBusName(this, busType);
    const bus = new PciBus(this.type.registry.require(busType), name, this, this.bus);
    // Most machines put a controller of their own in this one's place, when they are told of the bridge.
    bus.hotplugHandler = this.ownHotplug;
    if (this.ownHotplug !== undefined) bus.shownHotplugHandler = this;
    this.#secondary = bus;
    bus.memory = this.region('pci_bridge_pci', WHOLE_SPACE);
    bus.ports = this.region('pci_bridge_io', PORTS_SIZE);
    this.#openWindows(bus.memory, bus.ports);
  }

  /** Until somebody programs the bridge, nothing passes through. */
  #openWindows(memory: MemoryRegion, ports: MemoryRegion): void {
    const window = (label: string, target: MemoryRegion, into: MemoryRegion | undefined) => {
      const alias = new MemoryRegion(this, label, 0n, 'container', { target, offset: 0n });
      into?.addSubregion(0n, alias, ABOVE_ORDINARY_MEMORY);
    };
    window('pci_bridge_pref_mem', memory, this.bus.memory);
    window('pci_bridge_mem', memory, this.bus.memory);
    window('pci_bridge_io', ports, this.bus.ports);
    for (const [label, bytes] of VGA_WINDOWS) this.region(label, bytes);
  }

  protected override defineConfig(config: ConfigSpace): void {
    config.define(CONFIG.headerType, 1, config.read(CONFIG.headerType, 1) | HEADER_TYPE_BRIDGE);
    for (const register of Object.values(BRIDGE_CONFIG)) config.define(register, 1, 0, 0xff);
  }

  protected override configWritten(offset: number, size: number): void {
    const { secondaryBus } = BRIDGE_CONFIG;
    if (offset <= secondaryBus && secondaryBus < offset + size)
      this.secondaryBus.number = this.busNumbers.secondary;
  }

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
    this.#secondary = undefined;
    for (const child of [...this.children.values()]) if (child instanceof MemoryRegion) child.destroy();
  }
}

/** A bridge with a standard hot-plug controller. */
export class HotplugBridge extends PciBridge {
  readonly #controller = new StandardHotplug(this);

  protected override get ownHotplug(): HotplugHandler | undefined {
    return this.#controller;
  }

  override onReset(): void {
    super.onReset();
    this.#controller.reset(this.secondaryBus.functions);
  }
}

/** The one whose controller can be left out. */
class StandardBridge extends HotplugBridge {
  protected override get ownHotplug(): HotplugHandler | undefined {
    return this.value(shpc) ? super.ownHotplug : undefined;
  }

  protected override onPciRealize(): void {
    if (this.value(chassisNr) === 0) {
      throw new QmpError(
        'Bridge chassis not specified. Each bridge is required to be assigned a unique chassis id > 0.',
      );
    }
    super.onPciRealize();
    checkReservations(this);
    if (this.value(shpc)) {
      this.plannedBar(SHPC_BAR);
    } else {
      // Interrupts are the controller's.
      this.setValue(msi, 'off');
    }
  }

  override get identity(): PciIdentity {
    return this.value(shpc) ? super.identity : { ...super.identity, interruptPin: 0 };
  }
}

const SHPC_BAR = memoryBar(0, container('shpc-bar', SHPC_BAR_SIZE, at(0, io('shpc-mmio', SHPC_SIZE))), {
  is64: true,
});

export const PCI_BRIDGE_TYPES: readonly TypeInfo[] = [
  {
    name: 'base-pci-bridge',
    parent: 'pci-device',
    abstract: true,
    create: type => new PciBridge(type),
    class: { category: 'bridge', pciBridge: true },
  },
  {
    name: 'pci-bridge',
    parent: 'base-pci-bridge',
    interfaces: ['hotplug-handler', 'conventional-pci-device'],
    properties: [chassisNr, msi, shpc, ...RESERVATIONS],
    create: type => new StandardBridge(type),
    class: {
      description: 'Standard PCI Bridge',
      pci: { vendor: RED_HAT, device: 0x0001, classCode: CLASS_BRIDGE_PCI, interruptPin: INTA },
    },
  },
  {
    name: 'pci-bridge-seat',
    parent: 'pci-bridge',
    class: {
      description: 'Standard PCI Bridge (multiseat)',
      pci: { vendor: RED_HAT, device: 0x000a, classCode: CLASS_BRIDGE_PCI, interruptPin: INTA },
    },
  },
  {
    name: 'i82801b11-bridge',
    parent: 'base-pci-bridge',
    interfaces: ['conventional-pci-device'],
    class: { pci: { vendor: 0x8086, device: 0x244e, classCode: CLASS_BRIDGE_PCI, interruptPin: 0 } },
  },
];

/** That of Apple's machines. */
export const DEC_21154_TYPE: TypeInfo = {
  name: 'dec-21154-p2p-bridge',
  parent: 'base-pci-bridge',
  interfaces: ['conventional-pci-device'],
  class: {
    description: 'DEC 21154 PCI-PCI bridge',
    pci: { vendor: 0x1011, device: 0x0026, classCode: CLASS_BRIDGE_PCI, interruptPin: 0 },
  },
};
