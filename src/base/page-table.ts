/**
 * A sparse table of 64-bit entries, one per IOMMU page, as guest TCE tables and host IOMMU tables are:
 * an entry is a page-aligned address with the permission in its lowest two bits, and 0 is "not present".
 *
 * Entries live in chunks that are made on first use. A chunk is a `Uint32Array` of two words an entry,
 * low word first, so that loops stay on plain numbers and still keep all 64 bits. A chunk that is copied as a
 * whole is shared by both tables until one of them changes it. One that is set as a whole to consecutive pages is
 * remembered as just that, until somebody wants to see its words.
 */
export const CHUNK_ENTRIES = 4096;
const CHUNK_SHIFT = 12;
const CHUNK_MASK = CHUNK_ENTRIES - 1;

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

/** A sequence in its place. */
export interface PageRun extends PageSequence {
  /** Index of the first entry. */
  readonly first: number;
  readonly count: number;
}

const EMPTY: Readonly<Uint32Array> = new Uint32Array(CHUNK_ENTRIES * 2);

function bytes(words: Readonly<Uint32Array>, at: number, count: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + at * 8, count * 8);
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

class Chunk implements ChunkSummary {
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

export class PageTable {
  #chunks: (Chunk | undefined)[];
  #present = 0;

  /** @param length number of entries, at least 0 and below 2^32 */
  constructor(readonly length: number) {
    this.#chunks = new Array(Math.ceil(length / CHUNK_ENTRIES));
  }

  /** How many entries allow at least one kind of access. */
  get present(): number {
    return this.#present;
  }

  /** Lower 32 bits of an entry: permission, and the address's low bits. `index` must be below `length`. */
  low(index: number): number {
    return this.#chunks[index >>> CHUNK_SHIFT]?.words[(index & CHUNK_MASK) * 2] ?? 0;
  }

  /** Upper 32 bits of an entry. */
  high(index: number): number {
    return this.#chunks[index >>> CHUNK_SHIFT]?.words[(index & CHUNK_MASK) * 2 + 1] ?? 0;
  }

  /** The whole entry. */
  get(index: number): bigint {
    return (BigInt(this.high(index)) << 32n) | BigInt(this.low(index));
  }

  /** Replaces an entry by its two words. */
  setWords(index: number, low: number, high: number): void {
    const slot = index >>> CHUNK_SHIFT;
    if (low === 0 && high === 0 && this.#chunks[slot] === undefined) return;
    const chunk = this.#writable(slot);
    const at = (index & CHUNK_MASK) * 2;
    const before = chunk.present;
    if (((chunk.words[at] ?? 0) & PERM_MASK) !== 0) chunk.present--;
    chunk.note(low >>> 0, high >>> 0);
    chunk.words[at] = low;
    chunk.words[at + 1] = high;
    this.#present += chunk.present - before;
  }

  /** The chunk of this table alone, made if there is none. */
  #writable(slot: number): Chunk {
    const chunk = this.#chunks[slot];
    if (chunk !== undefined && !chunk.shared) return chunk;
    return (this.#chunks[slot] = chunk?.clone() ?? new Chunk());
  }

  /** Replaces an entry. */
  set(index: number, entry: bigint): void {
    this.setWords(index, Number(entry & 0xffffffffn), Number((entry >> 32n) & 0xffffffffn));
  }

  /** Replaces the entries of a run. */
  setRun(run: PageRun): void {
    const { first, count, page, step, bits } = run;
    this.clearRange(first, first + count);
    if (page === 0 && step === 0 && bits === 0) return;
    for (let done = 0; done < count; ) {
      const at = (first + done) & CHUNK_MASK;
      const part = Math.min(count - done, CHUNK_ENTRIES - at);
      const chunk = this.#writable((first + done) >>> CHUNK_SHIFT);
      const before = chunk.present;
      chunk.fill(at, part, { page: page + done * step, step, bits });
      this.#present += chunk.present - before;
      done += part;
    }
  }

  /** Becomes an independent copy of another table of the same length. */
  copyFrom(other: PageTable): void {
    if (other.length !== this.length) throw new RangeError('tables differ in length');
    this.clear();
    this.copy(other, 0, 0, other.length);
  }

  /** Removes every entry. */
  clear(): void {
    this.#chunks = new Array(this.#chunks.length);
    this.#present = 0;
  }

  /** Removes the entries of `first <= index < end`. */
  clearRange(first: number, end: number): void {
    for (let index = first; index < end; ) {
      const slot = index >>> CHUNK_SHIFT;
      const at = index & CHUNK_MASK;
      const count = Math.min(end - index, CHUNK_ENTRIES - at);
      const old = this.#chunks[slot];
      if (old !== undefined) {
        const removed = old.countPresent(at, count);
        this.#present -= removed;
        if (count === CHUNK_ENTRIES || (removed === old.present && !old.strays)) {
          this.#chunks[slot] = undefined;
        } else {
          const chunk = this.#writable(slot);
          chunk.present -= removed;
          chunk.words.fill(0, at * 2, (at + count) * 2);
        }
      }
      index += count;
    }
  }

  /** Replaces `count` entries from `to` on by those of another table from `from` on. */
  copy(source: PageTable, from: number, to: number, count: number): void {
    for (let done = 0; done < count; ) {
      const sourceAt = (from + done) & CHUNK_MASK;
      const targetAt = (to + done) & CHUNK_MASK;
      const part = Math.min(count - done, CHUNK_ENTRIES - Math.max(sourceAt, targetAt));
      this.clearRange(to + done, to + done + part);
      const chunk = source.#chunks[(from + done) >>> CHUNK_SHIFT];
      if (chunk !== undefined && part === CHUNK_ENTRIES) {
        chunk.shared = true;
        this.#chunks[(to + done) >>> CHUNK_SHIFT] = chunk;
        this.#present += chunk.present;
      } else if (chunk !== undefined) {
        const target = this.#writable((to + done) >>> CHUNK_SHIFT);
        target.words.set(chunk.words.subarray(sourceAt * 2, (sourceAt + part) * 2), targetAt * 2);
        const added = chunk.countPresent(sourceAt, part);
        target.noteAll(chunk);
        target.present += added;
        this.#present += added;
      }
      done += part;
    }
  }

  /** Whether `count` entries from `from` on are the same words as those of another table from `to` on. */
  equals(other: PageTable, from: number, to: number, count: number): boolean {
    for (let done = 0; done < count; ) {
      const at = (from + done) & CHUNK_MASK;
      const otherAt = (to + done) & CHUNK_MASK;
      const part = Math.min(count - done, CHUNK_ENTRIES - Math.max(at, otherAt));
      const words = this.chunk(from + done) ?? EMPTY;
      const others = other.chunk(to + done) ?? EMPTY;
      if (words !== others && Buffer.compare(bytes(words, at, part), bytes(others, otherAt, part)) !== 0) {
        return false;
      }
      done += part;
    }
    return true;
  }

  /** The chunk that holds `index` (entry `index & (CHUNK_ENTRIES - 1)` of it), if there is anything in it. */
  chunk(index: number): Readonly<Uint32Array> | undefined {
    return this.#chunks[index >>> CHUNK_SHIFT]?.words;
  }

  /** What is known of the chunk that holds `index`, if there is anything in it. */
  summary(index: number): ChunkSummary | undefined {
    return this.#chunks[index >>> CHUNK_SHIFT];
  }

  /**
   * Calls `visit(index, low, high)` for each present entry of `first <= index < end`, ascending.
   * The table must not be changed below the current index while this runs.
   */
  forEachPresent(
    first: number,
    end: number,
    visit: (index: number, low: number, high: number) => void,
  ): void {
    for (let index = first; index < end; ) {
      const chunkEnd = Math.min(end, ((index >>> CHUNK_SHIFT) + 1) * CHUNK_ENTRIES);
      const words = this.chunk(index);
      if (words !== undefined) {
        for (let i = index; i < chunkEnd; i++) {
          const at = (i & CHUNK_MASK) * 2;
          const low = words[at] ?? 0;
          if ((low & PERM_MASK) !== 0) visit(i, low, words[at + 1] ?? 0);
        }
      }
      index = chunkEnd;
    }
  }
}
