import type { PciPlace, PcPlatform } from './platform.ts';

/** Ports by which a PC reaches configuration registers (PCI Local Bus 3.0, 3.2.2.3.2). */
const ADDRESS_PORT = 0xcf8;
const DATA_PORT = 0xcfc;
const ENABLE = 0x80000000;

/** Offsets in a function's header (6.1; PCI-to-PCI Bridge Architecture 1.2, 3.2). */
const VENDOR = 0x00;
const HEADER_TYPE = 0x0e;
const SECONDARY_BUS = 0x19;
const CAPABILITIES = 0x34;
const BRIDGE = 1;
const MULTIFUNCTION = 0x80;
const ABSENT = 0xffff;

/** PCI configuration registers of a PC, as software on it reaches them. */
export class PciConfig {
  constructor(private readonly platform: PcPlatform) {}

  /** @param size bytes, 1, 2 or 4 @returns all ones where no function answers */
  read(place: PciPlace, offset: number, size: number): number {
    this.#select(place, offset);
    return this.platform.readPort(DATA_PORT + (offset & 3), size);
  }

  write(place: PciPlace, offset: number, size: number, value: number): void {
    this.#select(place, offset);
    this.platform.writePort(DATA_PORT + (offset & 3), size, value);
  }

  /** The functions on one bus, ascending. A slot without function 0 is taken to be empty. */
  *functionsOn(bus: number): Generator<PciPlace> {
    for (let slot = 0; slot < 32; slot++) {
      const first = { bus, devfn: slot << 3 };
      if (!this.#isPresent(first)) continue;
      yield first;
      if ((this.read(first, HEADER_TYPE, 1) & MULTIFUNCTION) === 0) continue;
      for (let devfn = first.devfn + 1; devfn < first.devfn + 8; devfn++) {
        if (this.#isPresent({ bus, devfn })) yield { bus, devfn };
      }
    }
  }

  #isPresent(place: PciPlace): boolean {
    return this.read(place, VENDOR, 2) !== ABSENT;
  }

  /** All functions, those behind bridges too, as far as their buses have numbers. */
  *functions(bus = 0): Generator<PciPlace> {
    for (const place of this.functionsOn(bus)) {
      yield place;
      if (!this.isBridge(place)) continue;
      const secondary = this.read(place, SECONDARY_BUS, 1);
      if (secondary > bus) yield* this.functions(secondary);
    }
  }

  isBridge(place: PciPlace): boolean {
    return (this.read(place, HEADER_TYPE, 1) & ~MULTIFUNCTION) === BRIDGE;
  }

  /** Where a capability's registers are. */
  findCapability(place: PciPlace, id: number): number | undefined {
    for (let at = this.read(place, CAPABILITIES, 1); at !== 0; at = this.read(place, at + 1, 1))
      if (this.read(place, at, 1) === id) return at;
    return undefined;
  }

  #select({ bus, devfn }: PciPlace, offset: number): void {
    this.platform.writePort(ADDRESS_PORT, 4, (ENABLE | (bus << 16) | (devfn << 8) | (offset & 0xfc)) >>> 0);
  }
}
