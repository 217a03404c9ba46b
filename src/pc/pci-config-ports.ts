import { MemoryRegion, type RegisterAccess } from '../memory/region.ts';
import type { PciBus } from '../pci/bus.ts';
import type { PciDevice } from '../pci/device.ts';
import type { QomObject } from '../qom/object.ts';

const ADDRESS_PORT = 0xcf8n;
const DATA_PORT = 0xcfcn;
const ENABLE = 0x80000000;

/** The two ports by which the configuration registers of every function are reached (PCI 3.0, 3.2.2.3.2). */
export class PciConfigPorts {
  readonly #addressRegion: MemoryRegion;
  readonly #dataRegion: MemoryRegion;
  #root: PciBus | undefined;
  #address = 0;

  constructor(owner: QomObject) {
    const region = (label: string, registers: RegisterAccess) => {
      const made = new MemoryRegion(owner, label, 4n, 'io');
      made.registers = registers;
      return made;
    };
    this.#addressRegion = region('pci-conf-idx', {
      read: () => this.#address,
      write: (offset, size, value) => {
        if (offset === 0 && size === 4) this.#address = value;
      },
    });
    this.#dataRegion = region('pci-conf-data', {
      read: (offset, size) => this.#target()?.config.read(this.#register(offset), size) ?? 0xffffffff,
      write: (offset, size, value) => this.#target()?.writeConfig(this.#register(offset), size, value),
    });
  }

  /** @param root the bus from which functions are found */
  connect(root: PciBus, ports: MemoryRegion): void {
    this.#root = root;
    ports.addSubregion(ADDRESS_PORT, this.#addressRegion);
    ports.addSubregion(DATA_PORT, this.#dataRegion);
  }

  reset(): void {
    this.#address = 0;
  }

  #register(offset: number): number {
    return (this.#address & 0xfc) + offset;
  }

  #target(): PciDevice | undefined {
    if ((this.#address & ENABLE) === 0) return undefined;
    const number = (this.#address >>> 16) & 0xff;
    // Bridges that were not given a bus number yet let nothing pass.
    for (const bus of this.#root?.subtree() ?? [])
      if (bus.number === number && (number > 0 || bus === this.#root))
        return bus.at((this.#address >>> 8) & 0xff);
    return undefined;
  }
}
