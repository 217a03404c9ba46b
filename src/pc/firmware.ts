import type { PcPlatform } from '../guest/platform.ts';
import { SMRAM_CLOSED, SMRAM_OPENED } from './smram.ts';

const ADDRESS_PORT = 0xcf8;
const DATA_PORT = 0xcfc;
const ENABLE = 0x80000000;

const HEADER_TYPE = 0x0e;
const BRIDGE = 1;
const MULTIFUNCTION = 0x80;
const BUS_NUMBERS = 0x18;
const ABSENT = 0xffff;

/** A configuration register and what firmware writes there. */
export type ChipsetSetting = readonly [devfn: number, offset: number, size: number, value: number];

/** What a PC's firmware does with the chipset before it starts an operating system; through ports, as it does. */
export class Firmware {
  constructor(
    private readonly platform: PcPlatform,
    private readonly settings: readonly ChipsetSetting[],
  ) {}

  run(): void {
    for (const [devfn, offset, size, value] of this.settings) this.#write(0, devfn, offset, size, value);
    this.#numberBuses(0, 0);
  }

  /** Depth first. @returns the highest number given */
  #numberBuses(bus: number, highest: number): number {
    for (let slot = 0; slot < 32; slot++) {
      const functions = this.#isMultifunction(bus, slot << 3) ? 8 : 1;
      for (let devfn = slot << 3; devfn < (slot << 3) + functions; devfn++) {
        if (this.#read(bus, devfn, 0, 2) === ABSENT) continue;
        if ((this.#read(bus, devfn, HEADER_TYPE, 1) & ~MULTIFUNCTION) !== BRIDGE) continue;
        const secondary = ++highest;
        // While looking behind it, the bridge lets everything pass.
        this.#write(bus, devfn, BUS_NUMBERS, 4, bus | (secondary << 8) | 0xff0000);
        highest = this.#numberBuses(secondary, highest);
        this.#write(bus, devfn, BUS_NUMBERS, 4, bus | (secondary << 8) | (highest << 16));
      }
    }
    return highest;
  }

  #isMultifunction(bus: number, devfn: number): boolean {
    return (this.#read(bus, devfn, HEADER_TYPE, 1) & MULTIFUNCTION) !== 0;
  }

  #read(bus: number, devfn: number, offset: number, size: number): number {
    this.#select(bus, devfn, offset);
    return this.platform.readPort(DATA_PORT + (offset & 3), size);
  }

  #write(bus: number, devfn: number, offset: number, size: number, value: number): void {
    this.#select(bus, devfn, offset);
    this.platform.writePort(DATA_PORT + (offset & 3), size, value);
  }

  #select(bus: number, devfn: number, offset: number): void {
    const address = (ENABLE | (bus << 16) | (devfn << 8) | (offset & 0xfc)) >>> 0;
    this.platform.writePort(ADDRESS_PORT, 4, address);
  }
}

/** The memory map below 1 MiB as firmware leaves it: copies of the ROMs in RAM, then protected. */
export function shadowSettings(pamRegister: number): readonly ChipsetSetting[] {
  const READ_ONLY = 0x11;
  const BIOS_READ_ONLY = 0x10;
  const WRITABLE = 0x33;
  const values = [BIOS_READ_ONLY, READ_ONLY, READ_ONLY, READ_ONLY, READ_ONLY, READ_ONLY, WRITABLE];
  return values.map((value, register) => [0, pamRegister + register, 1, value] as const);
}

/** Makes memory for system management code: opened to put the code there, then closed. */
export function smramSettings(register: number): readonly ChipsetSetting[] {
  return [SMRAM_OPENED, SMRAM_CLOSED].map(value => [0, register, 1, value] as const);
}
