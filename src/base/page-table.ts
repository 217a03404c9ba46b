/**
 * A sparse table of 64-bit entries, one per IOMMU page, as guest TCE tables and host IOMMU tables are:
 * an entry is a page-aligned address with the permission in its lowest two bits, and 0 is "not present".
 *
 * Entries live in chunks that are made on first use. A chunk is a `Uint32Array` of two words an entry,
 * low word first, so that loops stay on plain numbers and still keep all 64 bits. A chunk that is copied as a
 * whole is shared by both tables until one of them changes it. One that is set as a whole to consecutive pages is
 * remembered as just that, until somebody wants to see its words.
 */
import { CHUNK_ENTRIES, Chunk, type ChunkSummary, type PageSequence, PERM_MASK } from './page-chunk.ts';

export { CHUNK_ENTRIES, type ChunkSummary, PERM_MASK, PERM_READ, PERM_WRITE } from './page-chunk.ts';

const CHUNK_SHIFT = 12;
const CHUNK_MASK = CHUNK_ENTRIES - 1;

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
