import { PciConfig } from '../guest/pci-config.ts';
import type { PcPlatform } from '../guest/platform.ts';
import { SMRAM_CLOSED, SMRAM_OPENED } from './smram.ts';

const BUS_NUMBERS = 0x18;

/** A configuration register and what firmware writes there. */
export type ChipsetSetting = readonly [devfn: number, offset: number, size: number, value: number];

/** What a PC's firmware does with the chipset before it starts an operating system; through ports, as it does. */
export class Firmware {
  readonly #config: PciConfig;

  constructor(
    platform: PcPlatform,
    private readonly settings: readonly ChipsetSetting[],
  ) {
    this.#config = new PciConfig(platform);
  }

  run(): void {
    for (const [devfn, offset, size, value] of this.settings)
      this.#config.write({ bus: 0, devfn }, offset, size, value);
    this.#numberBuses(0, 0);
  }

  /** Depth first. @returns the highest number given */
  #numberBuses(bus: number, highest: number): number {
    for (const place of this.#config.functionsOn(bus)) {
      if (!this.#config.isBridge(place)) continue;
      const secondary = ++highest;
      // While looking behind it, the bridge lets everything pass.
      this.#config.write(place, BUS_NUMBERS, 4, bus | (secondary << 8) | 0xff0000);
      highest = this.#numberBuses(secondary, highest);
      this.#config.write(place, BUS_NUMBERS, 4, bus | (secondary << 8) | (highest << 16));
    }
    return highest;
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
