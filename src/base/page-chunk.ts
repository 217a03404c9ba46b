/**
 * Parts of page tables (see `page-table.ts`): entries are a page-aligned address with the permission in its lowest
 * two bits, kept as two words, low word first.
 */

export const CHUNK_ENTRIES = 4096;

/** Summaries count in pages of 4 KiB, whatever the table's own page size is. */
const PAGE_SHIFT = 12;
const PAGES_PER_WORD = 0x100000;

/** Permission bits of an entry (SPAPR_TCE_RO, SPAPR_TCE_WO in PAPR's TCE format). */
export const PERM_READ = 1;
export const PERM_WRITE = 2;
export const PERM_MASK = 3;

/** What is known of the entries of one chunk without looking at them. It may say more than is so, never less. */
export interface ChunkSummary {
  /** How many entries are present. */
  readonly present: number;
  /** 4 KiB page numbers between which all present entries point, both inclusive. */
  readonly firstPage: number;
  readonly lastPage: number;
  /** Every bit that is set in the low word of a present entry. */
  readonly lowBits: number;
  /** Whether there may be entries that are not present but not 0 either. */
  readonly strays: boolean;
}

/** Entries whose pages follow each other at one distance. */
export interface PageSequence {
  /** 4 KiB page number that the first points to; those of all must be below 2^52. */
  readonly page: number;
  /** How many 4 KiB pages each lies above the one before; 0 if all point to the same. */
  readonly step: number;
  /** The lowest twelve bits of every entry, the permission among them. */
  readonly bits: number;
}

/** Writes `count` entries from `at` on. */
function write(words: Uint32Array, at: number, count: number, { page, step, bits }: PageSequence): void {
  const end = (at + count) * 2;
  for (let word = at * 2, next = page; word < end; ) {
    // As far as the high word stays the same, all is done in 32 bits.
    const high = Math.floor(next / PAGES_PER_WORD);
    let low = next % PAGES_PER_WORD;
    for (; word < end && low < PAGES_PER_WORD; word += 2, low += step) {
      words[word] = (low << PAGE_SHIFT) | bits;
      words[word + 1] = high;
    }
    next = high * PAGES_PER_WORD + low;
  }
}

/** `CHUNK_ENTRIES` entries. */
export class Chunk implements ChunkSummary {
  /** Belongs to several tables, or did: who wants to change it makes a copy. */
  shared = false;
  present = 0;
  firstPage = Number.POSITIVE_INFINITY;
  lastPage = -1;
  lowBits = 0;
  strays = false;
  #words: Uint32Array | undefined;
  /** What the words are, while there are none. */
  #sequence: PageSequence | undefined;

  get words(): Uint32Array {
    return this.#words ?? this.#makeWords();
  }

  #makeWords(): Uint32Array {
    const words = new Uint32Array(CHUNK_ENTRIES * 2);
    if (this.#sequence !== undefined) write(words, 0, CHUNK_ENTRIES, this.#sequence);
    this.#sequence = undefined;
    return (this.#words = words);
  }

  clone(): Chunk {
    const copy = new Chunk();
    copy.#words = this.#words?.slice();
    copy.#sequence = this.#sequence;
    copy.present = this.present;
    copy.noteAll(this);
    return copy;
  }

  note(low: number, high: number): void {
    if ((low & PERM_MASK) === 0) {
      if (low !== 0 || high !== 0) this.strays = true;
      return;
    }
    if (this.present === 0) this.#forget();
    const page = high * PAGES_PER_WORD + (low >>> PAGE_SHIFT);
    if (page < this.firstPage) this.firstPage = page;
    if (page > this.lastPage) this.lastPage = page;
    this.lowBits |= low;
    this.present++;
  }

  noteAll(other: ChunkSummary): void {
    if (this.present === 0) this.#forget();
    this.firstPage = Math.min(this.firstPage, other.firstPage);
    this.lastPage = Math.max(this.lastPage, other.lastPage);
    this.lowBits |= other.lowBits;
    this.strays ||= other.strays;
  }

  /** Sets `count` entries from `at` on, which must be 0. */
  fill(at: number, count: number, sequence: PageSequence): void {
    if (count === CHUNK_ENTRIES) {
      this.#words = undefined;
      this.#sequence = sequence;
    } else {
      write(this.words, at, count, sequence);
    }
    this.#noteSequence(count, sequence);
  }

  #noteSequence(count: number, { page, step, bits }: PageSequence): void {
    if ((bits & PERM_MASK) === 0) {
      this.strays = true;
      return;
    }
    if (this.present === 0) this.#forget();
    this.firstPage = Math.min(this.firstPage, page);
    this.lastPage = Math.max(this.lastPage, page + (count - 1) * step);
    // Below the lowest bit of the first page and of the distance there is none.
    const lowest = (page | step) & (PAGES_PER_WORD - 1);
    if (lowest !== 0) this.lowBits |= -(lowest & -lowest) << PAGE_SHIFT;
    this.lowBits |= bits;
    this.present += count;
  }

  #forget(): void {
    this.firstPage = Number.POSITIVE_INFINITY;
    this.lastPage = -1;
    this.lowBits = 0;
  }

  /** How many of `count` entries from `at` on are present. */
  countPresent(at: number, count: number): number {
    if (count === CHUNK_ENTRIES || this.present === 0) return this.present;
    let present = 0;
    for (let word = at * 2; word < (at + count) * 2; word += 2) {
      if (((this.words[word] ?? 0) & PERM_MASK) !== 0) present++;
    }
    return present;
  }
}
