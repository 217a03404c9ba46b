import { H_PARAMETER, H_SUCCESS, type Hypercall, type HypercallResult } from './hypercall.ts';
import type { SpaprMachine } from './machine.ts';
import type { TceTable } from './tce-table.ts';

/** Most entries that one H_PUT_TCE_INDIRECT takes: a 4 KiB page of them (PAPR 2.7, 14.5.4.2.3). */
export const MAX_INDIRECT_ENTRIES = 512;
const LIST_ALIGNMENT = 4096n;
const ENTRY_BYTES = 8n;

const SUCCESS: HypercallResult = { ret: H_SUCCESS, out: [] };
const PARAMETER: HypercallResult = { ret: H_PARAMETER, out: [] };

function tableOf(machine: SpaprMachine, liobn: bigint | undefined): TceTable | undefined {
  return liobn === undefined || liobn > 0xffffffffn ? undefined : machine.tceTable(Number(liobn));
}

/** Sets `count` entries from `ioba` on; those before the first that is refused stay set. */
function putMany(table: TceTable, ioba: bigint, count: number, tce: (i: number) => bigint): HypercallResult {
  const shift = BigInt(table.window.pageShift);
  let page = ioba >> shift;
  for (let i = 0; i < count; i++, page++) if (!table.put(page << shift, tce(i))) return PARAMETER;
  return count === 0 ? PARAMETER : SUCCESS;
}

/** PAPR 2.7, 14.5.4.2: hcall-tce and hcall-multi-tce. */
export const TCE_HYPERCALLS: readonly Hypercall[] = [
  {
    name: 'H_GET_TCE',
    opcode: 0x1c,
    handle: (machine, [liobn, ioba = 0n]) => {
      const tce = tableOf(machine, liobn)?.get(ioba);
      return tce === undefined ? PARAMETER : { ret: H_SUCCESS, out: [tce] };
    },
  },
  {
    name: 'H_PUT_TCE',
    opcode: 0x20,
    handle: (machine, [liobn, ioba = 0n, tce = 0n]) =>
      tableOf(machine, liobn)?.put(ioba, tce) === true ? SUCCESS : PARAMETER,
  },
  {
    name: 'H_STUFF_TCE',
    opcode: 0x138,
    handle: (machine, [liobn, ioba = 0n, tce = 0n, count = 0n]) => {
      const table = tableOf(machine, liobn);
      if (table === undefined || count > BigInt(table.window.entries)) return PARAMETER;
      return putMany(table, ioba, Number(count), () => tce);
    },
  },
  {
    name: 'H_PUT_TCE_INDIRECT',
    opcode: 0x13c,
    handle: (machine, [liobn, ioba = 0n, list = 0n, count = 0n]) => {
      const table = tableOf(machine, liobn);
      if (table === undefined || count > BigInt(MAX_INDIRECT_ENTRIES) || list % LIST_ALIGNMENT !== 0n)
        return PARAMETER;
      return putMany(table, ioba, Number(count), i =>
        machine.readGuestUint64(list + BigInt(i) * ENTRY_BYTES),
      );
    },
  },
];
