/** Where the processor sees a host bridge's windows, bytes. */
export interface PhbWindows {
  readonly pio: bigint;
  readonly mmio32: bigint;
  /** Not of a 64-bit window that is the rest of an overlong 32-bit one, and lies behind it. */
  readonly mmio64: bigint;
}

/** How a machine lays out the windows of its host bridges. */
export interface PhbPlacement {
  readonly maxIndex: number;
  windowsOf(index: number): PhbWindows;
}

export const PIO_SIZE = 0x10000n;
/** Most that the 32-bit window can have. */
export const MMIO32_SIZE = 0x80000000n;
export const MMIO64_SIZE = 1n << 40n;

const BASE = 32n << 40n;

/** Since pseries-2.8: what fits between 32 and 64 TiB, each kind of window by itself. */
export const PHB_PLACEMENT: PhbPlacement = {
  maxIndex: 30,
  windowsOf: index => {
    const number = BigInt(index);
    return {
      pio: BASE + number * PIO_SIZE,
      mmio32: BASE + (number + 1n) * MMIO32_SIZE,
      mmio64: BASE + (number + 1n) * MMIO64_SIZE,
    };
  },
};

const OLD_BASE = 1n << 40n;
const OLD_SPACING = 64n << 30n;
const OLD_PIO_OFFSET = 0x80000000n;
const OLD_MMIO_OFFSET = 0xa0000000n;

/** Up to pseries-2.7: 64 GiB for all of a bridge's windows, from 1 TiB on, with no place for a 64-bit one. */
export const PHB_PLACEMENT_2_7: PhbPlacement = {
  maxIndex: 255,
  windowsOf: index => {
    const base = OLD_BASE + BigInt(index) * OLD_SPACING;
    return { pio: base + OLD_PIO_OFFSET, mmio32: base + OLD_MMIO_OFFSET, mmio64: 0n };
  },
};
