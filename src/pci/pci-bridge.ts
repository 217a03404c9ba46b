import { QmpError } from '../base/errors.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import { defaultBusName } from '../qdev/bus.ts';
import { bit, onOffAuto, size, uint8, uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { PciBus } from './bus.ts';
import { CLASS_BRIDGE_PCI } from './class-codes.ts';
import { PciDevice } from './device.ts';

const NOT_RESERVED = 2n ** 64n - 1n;
const SHPC_BAR_SIZE = 256;
const INTA = 1;

/** Number of the chassis whose slots this bridge's are; 0 is the main chassis. */
export const chassisNr = uint8('chassis_nr', 0);
const shpc = bit('shpc', true);

/** The windows through which a bridge lets cycles pass, as regions (PCI-to-PCI Bridge Architecture 1.2, 3.2.5). */
const WINDOWS = [
  ['pci_bridge_mem', 0x100000n],
  ['pci_bridge_pref_mem', 0x100000n],
  ['pci_bridge_io', 0x1000n],
  ['pci_bridge_vga_io_lo', 0xcn],
  ['pci_bridge_vga_io_hi', 0x20n],
  ['pci_bridge_vga_mem', 0x20000n],
] as const;

/** A PCI-to-PCI bridge. */
export class PciBridge extends PciDevice {
  #secondary: PciBus | undefined;

  get secondaryBus(): PciBus {
    if (this.#secondary === undefined) throw new Error('bridge is not realized');
    return this.#secondary;
  }

  protected override onPciRealize(): void {
    if (this.type.isA('pci-bridge') && this.value(chassisNr) === 0 && this.value(shpc)) {
      throw new QmpError(
        'Bridge chassis not specified. Each bridge is required to be assigned a unique chassis id > 0.',
      );
    }
    const name = this.id ?? defaultBusName(this, 'pci');
    const bus = new PciBus(this.type.registry.require('PCI'), name, this, this.bus);
    bus.hotplugHandler = this.bus.hotplugHandler;
    this.#secondary = bus;
    this.region('pci_bridge_pci', WHOLE_SPACE);
    this.region('pci_bridge_io', 2n ** 32n);
    for (const [label, bytes] of WINDOWS) this.region(label, bytes);
    if (this.value(shpc)) {
      const bar = this.region('shpc-bar', BigInt(SHPC_BAR_SIZE));
      bar.addSubregion(0n, this.region('shpc-mmio', BigInt(SHPC_BAR_SIZE), 'io'));
      this.addBar({ index: 0, type: 'memory', size: SHPC_BAR_SIZE, is64: true });
    }
  }

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
    this.#secondary = undefined;
    for (const child of [...this.children.values()]) if (child instanceof MemoryRegion) child.destroy();
  }
}

export const PCI_BRIDGE_TYPES: readonly TypeInfo[] = [
  {
    name: 'base-pci-bridge',
    parent: 'pci-device',
    abstract: true,
    class: { category: 'bridge', pciBridge: true },
  },
  {
    name: 'pci-bridge',
    parent: 'base-pci-bridge',
    interfaces: ['hotplug-handler', 'conventional-pci-device'],
    properties: [
      chassisNr,
      uint32('bus-reserve', 0xffffffff),
      size('mem-reserve', NOT_RESERVED),
      size('pref64-reserve', NOT_RESERVED),
      size('io-reserve', NOT_RESERVED),
      onOffAuto('msi', 'auto'),
      size('pref32-reserve', NOT_RESERVED),
      shpc,
    ],
    create: type => new PciBridge(type),
    class: {
      description: 'Standard PCI Bridge',
      pci: { vendor: 0x1b36, device: 0x0001, classCode: CLASS_BRIDGE_PCI, interruptPin: INTA },
    },
  },
];
