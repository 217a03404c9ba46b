import type { MemoryRegion } from '../memory/region.ts';
import type { PciBus } from './bus.ts';
import { CONFIG, type ConfigSpace } from './config-space.ts';

/** A base address register and the region behind it. */
export interface Bar {
  /** 0–5, 6 is the option ROM. */
  readonly index: number;
  readonly type: 'memory' | 'io';
  /** Bytes, a power of two. */
  readonly size: number;
  readonly prefetch?: boolean;
  readonly is64?: boolean;
  /** What is seen at the address; nothing here for some. */
  readonly region?: MemoryRegion;
}

export const ROM_BAR = 6;

const FIRST_REGISTER = 0x10;
const ROM_REGISTER = 0x30;
/** In front of an address: what kind it is, or whether the ROM is to be seen. */
const IO = 1;
const MEMORY_64 = 4;
const PREFETCHABLE = 8;
const ROM_ENABLE = 1;

const COMMAND_IO = 1;
const COMMAND_MEMORY = 2;

/** What QEMU takes for no address at the end of 32 and of 64 bits. */
const LAST_32 = 0xffffffffn;
const LAST_64 = 0xffffffffffffffffn;
/** Devices are in front of what else there is on a bus. */
const PRIORITY = 1;

/** Offset of a register of configuration space. */
export function barRegister({ index }: Bar): number {
  return index === ROM_BAR ? ROM_REGISTER : FIRST_REGISTER + 4 * index;
}

/** Lays out the register: software finds the size by writing ones (PCI Local Bus 3.0, 6.2.5). */
export function defineBar(config: ConfigSpace, bar: Bar): void {
  const { index, type, size, prefetch = false, is64 = false } = bar;
  const kind =
    type === 'io' ? IO : index === ROM_BAR ? 0 : (is64 ? MEMORY_64 : 0) | (prefetch ? PREFETCHABLE : 0);
  const mask = ~(BigInt(size) - 1n);
  const enable = index === ROM_BAR ? ROM_ENABLE : 0;
  config.define(barRegister(bar), 4, kind, Number(BigInt.asUintN(32, mask)) | enable);
  if (is64) config.define(barRegister(bar) + 4, 4, 0, Number(BigInt.asUintN(32, mask >> 32n)));
}

/** Where a function's regions are seen on its bus, as its registers say. */
export class BaseAddresses {
  /** By index. */
  readonly #mapped = new Map<number, bigint>();

  /** The address at which what is behind a register is seen; undefined if it is not. */
  addressOf({ index }: Bar): bigint | undefined {
    return this.#mapped.get(index);
  }

  /** Follows the registers. */
  update(config: ConfigSpace, bus: PciBus, bars: readonly Bar[]): void {
    for (const bar of bars) {
      const address = decoded(config, bar, bus.root.allowsAddressZero);
      if (address === this.#mapped.get(bar.index)) continue;
      this.#unmap(bar);
      if (address === undefined) continue;
      this.#mapped.set(bar.index, address);
      if (bar.region !== undefined)
        (bar.type === 'io' ? bus.ports : bus.memory)?.addSubregion(address, bar.region, PRIORITY);
    }
  }

  /** Nothing is seen any more. */
  clear(bars: readonly Bar[]): void {
    for (const bar of bars) this.#unmap(bar);
  }

  #unmap({ index, region }: Bar): void {
    this.#mapped.delete(index);
    if (region !== undefined) region.container?.removeSubregion(region);
  }
}

/** The address in a register, if the function reacts to it. */
function decoded(config: ConfigSpace, bar: Bar, allowsZero: boolean): bigint | undefined {
  const { index, type, size, is64 = false } = bar;
  const command = config.read(CONFIG.command, 2);
  if ((command & (type === 'io' ? COMMAND_IO : COMMAND_MEMORY)) === 0) return undefined;
  const register = barRegister(bar);
  const low = config.read(register, 4);
  if (index === ROM_BAR && (low & ROM_ENABLE) === 0) return undefined;
  const high = is64 ? BigInt(config.read(register + 4, 4)) << 32n : 0n;
  const address = (high | BigInt(low)) & ~(BigInt(size) - 1n);
  const last = address + BigInt(size) - 1n;
  const isInside = last < (is64 ? LAST_64 : LAST_32);
  return isInside && (address !== 0n || allowsZero) ? address : undefined;
}
