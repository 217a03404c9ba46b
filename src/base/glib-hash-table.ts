/**
 * The order in which glib's hash table walks over its keys.
 *
 * @param keys in the order in which they enter the table
 */
export function hashTableOrder(keys: readonly string[]): readonly string[] {
  const table = new GlibHashTable();
  for (const key of keys) table.add(key);
  return table.keys;
}

/** The largest prime below each power of two, from 2^3. */
const PRIMES = [
  7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573,
  2097143, 4194301,
];
const SMALLEST_SHIFT = 3;

interface Slot {
  readonly key: string;
  readonly hash: number;
}

/** Where a key was that has left: those that were put behind it are still found there. */
const LEFT = 'left';

/**
 * The keys of glib's hash table (GHashTable with g_str_hash): an open-addressing table whose size is a power of
 * two, indexed by the hash modulo a prime. Clients see its order where QEMU lists what it keeps in such a table;
 * that depends on all that has come and gone.
 */
export class GlibHashTable {
  #shift = SMALLEST_SHIFT;
  #slots: (Slot | typeof LEFT | undefined)[] = new Array(1 << SMALLEST_SHIFT).fill(undefined);
  #count = 0;
  /** Slots that were ever used since the table was last built anew. */
  #occupied = 0;

  /** Keys that are there already stay where they are. */
  add(key: string): void {
    const slot = { key, hash: hash(key) };
    let index = this.#index(slot.hash);
    let free: number | undefined;
    for (let step = 1; this.#slots[index] !== undefined; step++) {
      const taken = this.#slots[index];
      if (taken === LEFT) free ??= index;
      else if (taken?.key === key) return;
      index = this.#probe(index, step);
    }
    this.#slots[free ?? index] = slot;
    this.#count++;
    if (free === undefined) this.#occupied++;
    this.#resizeIfNeeded();
  }

  remove(key: string): void {
    let index = this.#index(hash(key));
    for (let step = 1; this.#slots[index] !== undefined; step++) {
      const taken = this.#slots[index];
      if (taken !== LEFT && taken?.key === key) {
        this.#slots[index] = LEFT;
        this.#count--;
        this.#resizeIfNeeded();
        return;
      }
      index = this.#probe(index, step);
    }
  }

  get keys(): readonly string[] {
    return this.#slots.flatMap(slot => (slot === undefined || slot === LEFT ? [] : [slot.key]));
  }

  #index(hashValue: number): number {
    return (Math.imul(hashValue, 11) >>> 0) % (PRIMES[this.#shift - SMALLEST_SHIFT] ?? 1);
  }

  #probe(index: number, step: number): number {
    return (index + step) & (this.#slots.length - 1);
  }

  #resizeIfNeeded(): void {
    const size = this.#slots.length;
    const isTooLarge = size > this.#count * 4 && size > 1 << SMALLEST_SHIFT;
    if (isTooLarge || size <= this.#occupied + Math.floor(this.#occupied / 16)) this.#resize();
  }

  /**
   * Keys move in place, from the lowest slot up: each takes the slot where it now belongs, and what was there,
   * if it has not moved yet, is the next to move.
   */
  #resize(): void {
    const old = this.#slots.length;
    this.#shift = Math.max(SMALLEST_SHIFT, Math.floor(Math.log2(Math.floor(this.#count * 1.333) || 1)) + 1);
    const size = 1 << this.#shift;
    const slots = this.#slots.concat(new Array(Math.max(0, size - old)).fill(undefined));
    const settled = new Uint8Array(slots.length);
    for (let from = 0; from < old; from++) {
      const first = slots[from];
      if (settled[from] === 1) continue;
      slots[from] = undefined;
      let moving = first === LEFT ? undefined : first;
      while (moving !== undefined) {
        let index = this.#index(moving.hash);
        for (let step = 1; settled[index] === 1; step++) index = (index + step) & (size - 1);
        settled[index] = 1;
        const displaced: Slot | typeof LEFT | undefined = slots[index];
        slots[index] = moving;
        moving = displaced === LEFT ? undefined : displaced;
      }
    }
    this.#slots = slots.slice(0, size);
    this.#occupied = this.#count;
  }
}

/** g_str_hash: 33 times the hash so far plus the next (signed) byte, beginning with 5381, modulo 2^32. */
function hash(key: string): number {
  let value = 5381;
  for (const byte of Buffer.from(key)) value = (Math.imul(value, 33) + ((byte << 24) >> 24)) | 0;
  return value >>> 0;
}
