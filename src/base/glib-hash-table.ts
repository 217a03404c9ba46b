/**
 * The order in which glib's hash table (GHashTable with g_str_hash) walks over its keys: an open-addressing table
 * whose size is a power of two, indexed by the hash modulo a prime. Clients see it where QEMU lists what it keeps
 * in such a table.
 *
 * @param keys in the order in which they enter the table
 */
export function hashTableOrder(keys: readonly string[]): readonly string[] {
  const table = new HashTable();
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

class HashTable {
  #shift = SMALLEST_SHIFT;
  #slots: (Slot | undefined)[] = new Array(1 << SMALLEST_SHIFT).fill(undefined);
  #count = 0;

  add(key: string): void {
    const slot = { key, hash: hash(key) };
    let index = this.#index(slot.hash);
    for (let step = 1; this.#slots[index] !== undefined; step++) index = this.#probe(index, step);
    this.#slots[index] = slot;
    this.#count++;
    const size = this.#slots.length;
    if (size <= this.#count + Math.floor(this.#count / 16)) this.#grow();
  }

  get keys(): readonly string[] {
    return this.#slots.flatMap(slot => (slot === undefined ? [] : [slot.key]));
  }

  #index(hashValue: number): number {
    return (Math.imul(hashValue, 11) >>> 0) % (PRIMES[this.#shift - SMALLEST_SHIFT] ?? 1);
  }

  #probe(index: number, step: number): number {
    return (index + step) & (this.#slots.length - 1);
  }

  /**
   * Keys move in place, from the lowest slot up: each takes the slot where it now belongs, and what was there,
   * if it has not moved yet, is the next to move.
   */
  #grow(): void {
    const old = this.#slots.length;
    this.#shift = Math.max(SMALLEST_SHIFT, Math.floor(Math.log2(Math.floor(this.#count * 1.333))) + 1);
    const size = 1 << this.#shift;
    this.#slots = this.#slots.concat(new Array(size - old).fill(undefined));
    const settled = new Uint8Array(size);
    for (let from = 0; from < old; from++) {
      if (settled[from] === 1) continue;
      let moving = this.#slots[from];
      this.#slots[from] = undefined;
      while (moving !== undefined) {
        let index = this.#index(moving.hash);
        for (let step = 1; settled[index] === 1; step++) index = this.#probe(index, step);
        settled[index] = 1;
        const displaced: Slot | undefined = this.#slots[index];
        this.#slots[index] = moving;
        moving = displaced;
      }
    }
  }
}

/** g_str_hash: 33 times the hash so far plus the next (signed) byte, beginning with 5381, modulo 2^32. */
function hash(key: string): number {
  let value = 5381;
  for (const byte of Buffer.from(key)) value = (Math.imul(value, 33) + ((byte << 24) >> 24)) | 0;
  return value >>> 0;
}
