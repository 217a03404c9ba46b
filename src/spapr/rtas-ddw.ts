import { RTAS_HARDWARE_ERROR, RTAS_PARAMETER_ERROR, RTAS_SUCCESS } from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';
import { MAX_DMA_WINDOWS, SpaprPhb } from './phb.ts';
import { ddw, pageSizes } from './phb-properties.ts';
import type { RtasCalls } from './rtas-call.ts';

/** Bits of page sizes in `ibm,query-pe-dma-window`, by log2 of the size (LoPAPR, 7.3.29.1). */
const QUERY_PAGE_BITS: readonly (readonly [shift: number, bit: number])[] = [
  [12, 0x01],
  [16, 0x02],
  [24, 0x04],
  [25, 0x08],
  [26, 0x10],
  [27, 0x20],
  [28, 0x40],
  [34, 0x80],
  [21, 0x100],
];

/** The largest window in TCEs: as one word, and as two for callers that take six return words. */
const LARGEST_WINDOW = 0x80000000;
const LARGEST_WINDOW_HIGH = 0x20;
const NO_MIGRATION = 0;
const MAX_ENTRIES_SHIFT = 31;
const PARAMETER_ERROR: readonly number[] = [RTAS_PARAMETER_ERROR];
const HARDWARE_ERROR: readonly number[] = [RTAS_HARDWARE_ERROR];

/** Dynamic DMA windows (LoPAPR, 7.3.29): the guest adds a window for all of its memory, with large pages. */
export const DDW_CALLS: RtasCalls = {
  'ibm,query-pe-dma-window': {
    arguments: 3,
    returns: [5, 6],
    handle: (machine, [address = 0, high, low], returns) => {
      const phb = bridgeWithDdw(machine, high, low);
      if (phb === undefined) return PARAMETER_ERROR;
      const free = MAX_DMA_WINDOWS - phb.windows.length;
      const largest = returns === 6 ? [LARGEST_WINDOW_HIGH, 0] : [LARGEST_WINDOW];
      const mask = queryMask(phb.value(pageSizes));
      const words = largest.reduce((all, word) => (all << 32n) | BigInt(word), 0n);
      machine.trace.point('spapr_iommu_ddw_query', phb.buid, address, free, words, mask);
      return [RTAS_SUCCESS, free, ...largest, mask, NO_MIGRATION];
    },
  },
  'ibm,create-pe-dma-window': {
    arguments: 5,
    returns: [4],
    handle: (machine, [address = 0, high, low, pageShift = 0, windowShift = 0]) => {
      const phb = bridgeWithDdw(machine, high, low);
      if (phb === undefined || windowShift < pageShift || !offersPages(phb, pageShift))
        return PARAMETER_ERROR;
      const entriesShift = windowShift - pageShift;
      if (entriesShift > MAX_ENTRIES_SHIFT) return HARDWARE_ERROR;
      const table = phb.openWindow(pageShift, 2 ** entriesShift);
      if (table === undefined) return HARDWARE_ERROR;
      const { busOffset } = table.window;
      const [pageSize, size] = [1n << BigInt(pageShift), 1n << BigInt(windowShift)];
      const values = [phb.buid, address, pageSize, size, busOffset, table.liobn] as const;
      machine.trace.point('spapr_iommu_ddw_create', ...values);
      return [RTAS_SUCCESS, table.liobn, Number(busOffset >> 32n), Number(busOffset & 0xffffffffn)];
    },
  },
  'ibm,remove-pe-dma-window': {
    arguments: 1,
    returns: [1],
    handle: (machine, [liobn = 0]) => {
      const table = machine.tceTable(liobn >>> 0);
      const phb = table?.parent;
      if (table === undefined || !(phb instanceof SpaprPhb) || !phb.value(ddw)) return PARAMETER_ERROR;
      machine.trace.point('spapr_iommu_ddw_remove', table.liobn);
      phb.closeWindow(table);
      return [RTAS_SUCCESS];
    },
  },
  'ibm,reset-pe-dma-window': {
    arguments: 3,
    returns: [1],
    handle: (machine, [address = 0, high, low]) => {
      const phb = bridgeWithDdw(machine, high, low);
      if (phb === undefined) return PARAMETER_ERROR;
      machine.trace.point('spapr_iommu_ddw_reset', phb.buid, address);
      phb.resetWindows();
      return [RTAS_SUCCESS];
    },
  },
};

/** The bridge with this bus unit id, if its windows are dynamic. */
function bridgeWithDdw(machine: SpaprMachine, high = 0, low = 0): SpaprPhb | undefined {
  const phb = machine.phbByBuid((BigInt(high) << 32n) | BigInt(low));
  return phb?.value(ddw) === true ? phb : undefined;
}

function offersPages(phb: SpaprPhb, pageShift: number): boolean {
  return pageShift >= 0 && pageShift < 64 && (phb.value(pageSizes) & (1n << BigInt(pageShift))) !== 0n;
}

function queryMask(sizes: bigint): number {
  return QUERY_PAGE_BITS.reduce(
    (mask, [shift, bit]) => ((sizes >> BigInt(shift)) & 1n ? mask | bit : mask),
    0,
  );
}
