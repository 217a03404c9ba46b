import type { Machine } from '../../src/machine/machine.ts';
import type { PcDimm } from '../../src/machine/pc-dimm.ts';

const PAGE_SHIFT = 12n;
/** Below 1 MiB a PC has its registers for pictures, and ROMs. */
const PC_HOLE = { first: 0xa0, end: 0x100 } as const;

/** A part of the machine's memory, in pages; `end` is exclusive. */
export interface PageRange {
  readonly first: number;
  readonly end: number;
}

/** What a machine has of memory, by what it was made with and what is plugged. */
export class Memory {
  constructor(readonly ranges: readonly PageRange[]) {}

  /** Whether all of these pages are memory of one kind. */
  covers(from: number, to: number): boolean {
    for (const { first, end } of this.ranges) if (from >= first && to <= end) return true;
    return false;
  }
}

export function memoryOf({ config, memoryDevices, target }: Machine): Memory {
  const end = Number(config.memory.size >> PAGE_SHIFT);
  const ram =
    target === 'ppc64'
      ? [{ first: 0, end }]
      : [
          { first: 0, end: PC_HOLE.first },
          { first: PC_HOLE.end, end },
        ];
  return new Memory([...ram, ...memoryDevices.dimms.map(pagesOfModule)]);
}

/** Where a module's memory is seen. */
export function pagesOfModule({ address, size }: PcDimm): PageRange {
  return { first: Number(address >> PAGE_SHIFT), end: Number((address + size) >> PAGE_SHIFT) };
}
