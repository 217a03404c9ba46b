import { H_PARAMETER, H_SUCCESS, type Hypercall, type HypercallResult } from './hypercall.ts';
import type { SpaprMachine } from './machine.ts';
import type { TceTable } from './tce-table.ts';

/** Most entries that one H_PUT_TCE_INDIRECT takes: a 4 KiB page of them (PAPR 2.7, 14.5.4.2.3). */
export const MAX_INDIRECT_ENTRIES = 512;
const LIST_ALIGNMENT = 4096n;
const ENTRY_BYTES = 8;
/** Logical bus numbers of host bridges' windows have this bit. */
const PCI_LIOBN = 0x80000000n;

const SUCCESS: HypercallResult = { ret: H_SUCCESS, out: [] };
const PARAMETER: HypercallResult = { ret: H_PARAMETER, out: [] };

function tableOf(machine: SpaprMachine, liobn: bigint): TceTable | undefined {
  return liobn > 0xffffffffn ? undefined : machine.tceTable(Number(liobn));
}

/** Sets `count` entries from `ioba` on; those before the first that is refused stay set. @returns how many were set */
function putMany(table: TceTable, ioba: bigint, count: number, tce: (i: number) => bigint): number {
  const shift = BigInt(table.window.pageShift);
  let page = ioba >> shift;
  for (let i = 0; i < count; i++, page++) if (!table.put(page << shift, tce(i))) return i;
  return count;
}

/** Whether the emulator sees a hypercall, and somebody wants to know of it: the kernel handles those of its tables. */
function isTraced({ trace }: SpaprMachine, table: TceTable | undefined): boolean {
  return trace.active && table?.accelerated !== true;
}

/** Events about bridges have names of their own. */
function event<Kind extends 'put' | 'get' | 'stuff' | 'indirect'>(liobn: bigint, kind: Kind) {
  return (liobn & PCI_LIOBN) === 0n ? (`spapr_iommu_${kind}` as const) : (`spapr_iommu_pci_${kind}` as const);
}

function onPage(address: bigint, table: TceTable | undefined): bigint {
  const shift = BigInt(table?.window.pageShift ?? 0);
  return (address >> shift) << shift;
}

/**
 * `H_PUT_TCE` for so many pages from `ioba` on, each mapped to the page after that before, until one fails.
 * @param tce the first entry
 * @returns how many were set, and the status of the last call
 */
export function putConsecutive(
  machine: SpaprMachine,
  liobn: bigint,
  ioba: bigint,
  tce: bigint,
  count: number,
): { readonly set: number; readonly ret: bigint } {
  const table = tableOf(machine, liobn);
  if (table === undefined) return { set: 0, ret: H_PARAMETER };
  const pageSize = 1n << BigInt(table.window.pageShift);
  if (!isTraced(machine, table)) {
    const set = table.putRun(ioba, tce, count, pageSize);
    return { set, ret: set === count ? H_SUCCESS : H_PARAMETER };
  }
  for (let i = 0n; i < count; i++) {
    const { ret } = H_PUT_TCE.handle(machine, [liobn, ioba + i * pageSize, tce + i * pageSize]);
    if (ret !== H_SUCCESS) return { set: Number(i), ret };
  }
  return { set: count, ret: H_SUCCESS };
}

const H_PUT_TCE: Hypercall = {
  name: 'H_PUT_TCE',
  opcode: 0x20,
  handle: (machine, [liobn = 0n, ioba = 0n, tce = 0n]) => {
    const table = tableOf(machine, liobn);
    const result = table?.put(ioba, tce) === true ? SUCCESS : PARAMETER;
    if (isTraced(machine, table))
      machine.trace.point(event(liobn, 'put'), liobn, onPage(ioba, table), tce, result.ret);
    return result;
  },
};

/** PAPR 2.7, 14.5.4.2: hcall-tce and hcall-multi-tce. */
export const TCE_HYPERCALLS: readonly Hypercall[] = [
  {
    name: 'H_GET_TCE',
    opcode: 0x1c,
    handle: (machine, [liobn = 0n, ioba = 0n]) => {
      const table = tableOf(machine, liobn);
      const tce = table?.get(ioba);
      const result = tce === undefined ? PARAMETER : { ret: H_SUCCESS, out: [tce] };
      if (isTraced(machine, table))
        machine.trace.point(event(liobn, 'get'), liobn, onPage(ioba, table), result.ret, tce ?? 0n);
      return result;
    },
  },
  H_PUT_TCE,
  {
    name: 'H_STUFF_TCE',
    opcode: 0x138,
    handle: (machine, [liobn = 0n, ioba = 0n, tce = 0n, count = 0n]) => {
      const table = tableOf(machine, liobn);
      if (table === undefined || count > BigInt(table.window.entries)) return PARAMETER;
      const set = table.putRun(ioba, tce, Number(count));
      const result = set > 0 && set === Number(count) ? SUCCESS : PARAMETER;
      if (isTraced(machine, table)) {
        const next = onPage(ioba, table) + (BigInt(set) << BigInt(table.window.pageShift));
        machine.trace.point(event(liobn, 'stuff'), liobn, next, tce, count, result.ret);
      }
      return result;
    },
  },
  {
    name: 'H_PUT_TCE_INDIRECT',
    opcode: 0x13c,
    handle: (machine, [liobn = 0n, ioba = 0n, list = 0n, count = 0n]) => {
      const table = tableOf(machine, liobn);
      if (table === undefined || count > BigInt(MAX_INDIRECT_ENTRIES) || list % LIST_ALIGNMENT !== 0n)
        return PARAMETER;
      const entries = new DataView(machine.memorySpace.read(list, (Number(count) || 1) * ENTRY_BYTES).buffer);
      const entry = (i: number) => entries.getBigUint64(i * ENTRY_BYTES);
      const set = putMany(table, ioba, Number(count), entry);
      const result = set > 0 && set === Number(count) ? SUCCESS : PARAMETER;
      if (isTraced(machine, table)) {
        // The last that was set, or the first that was not.
        const last = set === Number(count) ? Math.max(set - 1, 0) : set;
        const at = onPage(ioba, table) + (BigInt(last) << BigInt(table.window.pageShift));
        const name = event(liobn, 'indirect');
        machine.trace.point(name, liobn, ioba, list, at, entry(last), result.ret);
      }
      return result;
    },
  },
];
