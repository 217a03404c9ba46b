import assert from 'node:assert/strict';
import { CHUNK_ENTRIES, PERM_MASK } from '../../../src/base/page-table.ts';
import type { SpaprMachine } from '../../../src/spapr/machine.ts';
import type { TceTable } from '../../../src/spapr/tce-table.ts';
import type { PageRange } from '../guest-memory.ts';
import type { Mismatch } from '../mismatches.ts';
import type { GuestModelTables } from './member.ts';

const PAGE_SHIFT = 12;
const PAGES_PER_WORD = 0x100000;
const NOTHING = new Uint32Array(CHUNK_ENTRIES * 2);

/** What should be in one table: words as the table has them, low and high, in pieces of the same length. */
class ExpectedTable {
  readonly #pieces = new Map<number, Uint32Array>();
  /** Pages that were put since the last check. */
  readonly touched = new Set<number>();
  #present = 0;

  set(page: number, tce: bigint): void {
    const number = Math.floor(page / CHUNK_ENTRIES);
    const words = this.#pieces.get(number) ?? new Uint32Array(CHUNK_ENTRIES * 2);
    this.#pieces.set(number, words);
    const at = (page % CHUNK_ENTRIES) * 2;
    const low = Number(tce & 0xffffffffn);
    if (((words[at] ?? 0) & PERM_MASK) !== 0) this.#present--;
    if ((low & PERM_MASK) !== 0) this.#present++;
    words[at] = low;
    words[at + 1] = Number(tce >> 32n);
    this.touched.add(page);
  }

  clear(): void {
    this.#pieces.clear();
    this.#present = 0;
  }

  check({ entries, liobn, window }: TceTable): void {
    const name = `table ${liobn.toString(16)} of ${window.entries} pages of 2^${window.pageShift}`;
    assert.equal(entries.present, this.#present, `entries of ${name}`);
    for (let first = 0; first < entries.length; first += CHUNK_ENTRIES) {
      const expected = this.#pieces.get(first / CHUNK_ENTRIES);
      const words = entries.chunk(first);
      if (expected === undefined && words === undefined) continue;
      if (Buffer.compare(bytesOf(words ?? NOTHING), bytesOf(expected ?? NOTHING)) === 0) continue;
      // Word by word, for the message.
      assert.deepEqual(words, expected, `${name}, from page ${first} on`);
    }
  }

  /** Pages whose entries lead into a part of memory. */
  *leadingTo({ first, end }: PageRange): Generator<number> {
    for (const [number, words] of this.#pieces) {
      for (let at = 0; at < words.length; at += 2) {
        const low = words[at] ?? 0;
        if ((low & PERM_MASK) === 0) continue;
        const target = (words[at + 1] ?? 0) * PAGES_PER_WORD + (low >>> PAGE_SHIFT);
        if (target >= first && target < end) yield number * CHUNK_ENTRIES + at / 2;
      }
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Readonly<Uint32Array>): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What the guest of a pseries machine has put into its TCE tables, by LIOBN. */
export class GuestTables implements GuestModelTables {
  readonly #tables = new Map<number, ExpectedTable>();

  constructor(private readonly machine: SpaprMachine) {
    this.follow();
  }

  /** Notes what the guest has put, page by page up to the window's end. */
  note({ liobn, window }: TceTable, page: number, tces: Iterable<bigint>): void {
    const table = this.#tables.get(liobn);
    let at = page;
    for (const tce of tces) if (at < window.entries) table?.set(at++, tce);
  }

  /** Pages whose entries lead into a part of memory, by window. */
  *leadingTo(range: PageRange): Generator<readonly [table: TceTable, page: number]> {
    for (const table of this.machine.tceTables)
      for (const page of this.#tables.get(table.liobn)?.leadingTo(range) ?? []) yield [table, page];
  }

  /** A window was opened anew. */
  empty(liobn: number): void {
    this.#tables.get(liobn)?.clear();
  }

  forgetAll(): void {
    for (const table of this.#tables.values()) table.clear();
  }

  /** Windows that are gone are forgotten, new ones are empty. */
  follow(): void {
    const open = this.machine.tceTables;
    for (const liobn of this.#tables.keys())
      if (!open.some(table => table.liobn === liobn)) this.#tables.delete(liobn);
    for (const { liobn } of open) if (!this.#tables.has(liobn)) this.#tables.set(liobn, new ExpectedTable());
  }

  /** The machine's tables hold what the guest has put there, whoever keeps them, and nothing else. */
  check(): void {
    for (const table of this.machine.tceTables) this.#tables.get(table.liobn)?.check(table);
  }

  takeTouched(): (mismatch: Mismatch) => boolean {
    const windows = this.machine.vfio.containers.flatMap(({ id, guestIommus }) =>
      guestIommus.flatMap(({ region: { liobn = 0 } }) => {
        const window = this.machine.tceTable(liobn)?.window;
        const touched = new Set(this.#tables.get(liobn)?.touched);
        if (window === undefined || touched.size === 0) return [];
        return [{ id, start: Number(window.busOffset), pageSize: 2 ** window.pageShift, touched }];
      }),
    );
    for (const { touched } of this.#tables.values()) touched.clear();
    return ({ container, iova }) =>
      windows.some(({ id, start, pageSize, touched }) => {
        return id === container && touched.has(Math.floor((iova - start) / pageSize));
      });
  }
}
