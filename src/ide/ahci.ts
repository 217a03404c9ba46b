import { MemoryRegion } from '../memory/region.ts';
import { PciDevice } from '../pci/device.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { IdeBus } from './bus.ts';

const PORTS = 6;
/** One drive at the end of each cable (Serial ATA 3.0, 3.1). */
const UNITS = 1;
const REGISTERS = 0x1000;
const INDEX_DATA_PAIR = 0x20;

/** The SATA controller of the ICH9, as part of that chip set or by itself (AHCI 1.0). */
export class Ich9Ahci extends PciDevice {
  readonly #registers: MemoryRegion;
  readonly #indexDataPair: MemoryRegion;

  constructor(type: QomType) {
    super(type);
    this.#registers = new MemoryRegion(this, 'ahci', BigInt(REGISTERS), 'io');
    this.#indexDataPair = new MemoryRegion(this, 'ahci-idp', BigInt(INDEX_DATA_PAIR), 'io');
  }

  protected override onPciRealize(): void {
    for (let port = 0; port < PORTS; port++) new IdeBus(this, UNITS);
    this.addBar({ index: 4, type: 'io', size: INDEX_DATA_PAIR, region: this.#indexDataPair });
    this.addBar({ index: 5, type: 'memory', size: REGISTERS, region: this.#registers });
  }

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}

export const AHCI_TYPES: readonly TypeInfo[] = [
  {
    name: 'ich9-ahci',
    parent: 'pci-device',
    interfaces: ['conventional-pci-device'],
    create: type => new Ich9Ahci(type),
    class: {
      alias: 'ahci',
      category: 'storage',
      pci: {
        vendor: 0x8086,
        device: 0x2922,
        classCode: 0x0106,
        programmingInterface: 1,
        revision: 2,
        interruptPin: 1,
      },
    },
  },
];
