import fc from 'fast-check';
import type { TceTable } from '../../../src/spapr/tce-table.ts';
import { MODULE_PAGES, MODULES, MODULES_ON_PSERIES, RAM_PAGES } from './kinds.ts';
import type { Member } from './member.ts';
import { type Actor, step } from './step.ts';
import type { Outcome } from './tally.ts';

const H_SUCCESS = 0;

/** Which page of which window: numbers that any window can make sense of. */
const place = fc.record({
  window: fc.nat({ max: 7 }),
  /** From the window's start, or, negative, its end; about the borders of what tables are stored in. */
  page: fc.constantFrom(0, 1, 2, 3, 15, 4094, 4095, 4096, 8191, -1, -2),
});

type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;

/** First and last pages of modules, and what large pages of them begin with. */
const MODULE_BORDERS = Array.from({ length: MODULES }, (_, number) => {
  const start = MODULES_ON_PSERIES + number * MODULE_PAGES;
  return [start, start + 0x10, start + 0x1000, start + MODULE_PAGES - 1];
}).flat();

const tce = fc
  .record({
    page: fc.oneof(
      { weight: 6, arbitrary: fc.nat({ max: 1023 }) },
      // The beginning of large pages.
      { weight: 2, arbitrary: fc.constantFrom(0x10, 0x20, 0x1000, 0x200) },
      // In modules, about their borders.
      { weight: 2, arbitrary: fc.constantFrom(...MODULE_BORDERS) },
      // The last page, the first beyond memory, and where registers of host bridges are.
      { weight: 2, arbitrary: fc.constantFrom(RAM_PAGES - 1, RAM_PAGES, 2 ** 20, 2 ** 33, 2 ** 52 - 1) },
    ),
    perm: fc.oneof(fc.constant(3), fc.nat({ max: 3 })),
    stray: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(0xff0) }),
  })
  .map(({ page, perm, stray }) => BigInt(page) * 0x1000n + BigInt(perm + stray));

interface Located {
  readonly table: TceTable;
  readonly page: number;
}

/** Open windows, those of virtual devices included. */
export function windowAt({ pseries }: Member, choice: number): TceTable | undefined {
  const { tceTables } = pseries;
  return tceTables[choice % Math.max(tceTables.length, 1)];
}

function locate({ member }: Actor, { window, page }: Place): Located | undefined {
  const table = windowAt(member, window);
  if (table === undefined) return undefined;
  return { table, page: page < 0 ? Math.max(table.window.entries + page, 0) : page };
}

export function ioba({ window: { busOffset, pageShift } }: TceTable, page: number): bigint {
  return busOffset + (BigInt(page) << BigInt(pageShift));
}

/** Makes a hypercall on a window, having noted what the guest's table should hold then. */
export async function hypercall(
  actor: Actor,
  name: string,
  table: TceTable,
  args: readonly bigint[],
): Promise<Outcome> {
  const result = await actor.execute('x-hcall', { name, args: [table.liobn, ...args] });
  return Number(result?.ret) === H_SUCCESS ? 'done' : 'refused';
}

const put = step('H_PUT_TCE', fc.record({ place, tce }), async (actor, { place: where, tce: value }) => {
  const found = locate(actor, where);
  if (found === undefined) return 'idle';
  const { table, page } = found;
  actor.member.tables?.note(table, page, [value]);
  return await hypercall(actor, 'H_PUT_TCE', table, [ioba(table, page), value]);
});

const stuff = step(
  'H_STUFF_TCE',
  fc.record({
    place,
    tce: fc.oneof({ weight: 3, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: tce }),
    count: fc.oneof(
      { weight: 11, arbitrary: fc.nat({ max: 20 }) },
      { weight: 1, arbitrary: fc.constant(5000) },
    ),
  }),
  async (actor, { place: where, tce: value, count }) => {
    const found = locate(actor, where);
    if (found === undefined) return 'idle';
    const { table, page } = found;
    if (count <= table.window.entries)
      actor.member.tables?.note(table, page, new Array<bigint>(count).fill(value));
    return await hypercall(actor, 'H_STUFF_TCE', table, [ioba(table, page), value, BigInt(count)]);
  },
);

const LIST = BigInt((RAM_PAGES - 1) * 0x1000);

const putIndirect = step(
  'H_PUT_TCE_INDIRECT',
  fc.record({ place, tces: fc.array(tce, { minLength: 0, maxLength: 12 }) }),
  async (actor, { place: where, tces }) => {
    const found = locate(actor, where);
    if (found === undefined) return 'idle';
    const { table, page } = found;
    const list = new DataView(new ArrayBuffer(8 * tces.length));
    for (const [i, value] of tces.entries()) list.setBigUint64(8 * i, value);
    actor.member.pseries.memorySpace.write(LIST, new Uint8Array(list.buffer));
    actor.member.tables?.note(table, page, tces);
    return await hypercall(actor, 'H_PUT_TCE_INDIRECT', table, [
      ioba(table, page),
      LIST,
      BigInt(tces.length),
    ]);
  },
);

const stretch = fc.record({
  place,
  extent: fc.oneof(
    {
      weight: 11,
      arbitrary: fc.record({
        count: fc.constantFrom(1, 2, 7, 16, 64),
        target: fc.constantFrom(
          0,
          0x10,
          0x1000,
          RAM_PAGES - 0x10,
          MODULES_ON_PSERIES,
          MODULES_ON_PSERIES + MODULE_PAGES - 3,
        ),
      }),
    },
    // More than one chunk of a table, and more than a small window has.
    { weight: 1, arbitrary: fc.constant({ count: 5000, target: 0x100 }) },
  ),
  perm: fc.constantFrom('rw', 'rw', 'ro', 'wo'),
});

const PERMISSIONS = { ro: 1n, wo: 2n, rw: 3n } as const;

/** As a driver does: one H_PUT_TCE after the other, or many entries removed at once. */
const map = step(
  'x-guest-dma-map',
  stretch,
  async (actor, { place: where, extent: { count, target }, perm }) => {
    const found = locate(actor, where);
    if (found === undefined) return 'idle';
    const { table, page } = found;
    const size = 2n ** BigInt(table.window.pageShift);
    const gpa = (BigInt(target * 0x1000) / size) * size;
    const range = { liobn: table.liobn, iova: ioba(table, page), size: size * BigInt(count) };
    const tces = Array.from({ length: count }, (_, i) => gpa + BigInt(i) * size + PERMISSIONS[perm]);
    return await actor.attempt('x-guest-dma-map', { ...range, gpa, perm }, () => {
      actor.member.tables?.note(table, page, tces);
    });
  },
);

const unmap = step('x-guest-dma-unmap', stretch, async (actor, { place: where, extent: { count } }) => {
  const found = locate(actor, where);
  if (found === undefined) return 'idle';
  const { table, page } = found;
  const size = BigInt(count) << BigInt(table.window.pageShift);
  const range = { liobn: table.liobn, iova: ioba(table, page), size };
  return await actor.attempt('x-guest-dma-unmap', range, () => {
    actor.member.tables?.note(table, page, new Array<bigint>(count).fill(0n));
  });
});

/** What a guest on a pseries machine does with its tables. */
export const tceSteps = [put, put, put, stuff, stuff, putIndirect, putIndirect, map, map, unmap];
