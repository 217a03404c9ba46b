/**
 * Which one of several unexpected members QEMU names: the first in the table of an object's members that glib
 * keeps (GHashTable with g_str_hash). It is an open-addressing table whose size is a power of two, indexed by
 * the hash modulo a prime; its slots are what decides.
 */

/** The largest prime below each power of two, from 2^3. */
const PRIMES = [
  7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573,
  2097143, 4194301,
];
const SMALLEST_SHIFT = 3;

/**
 * @param members names of all members, in the order in which they enter the table
 * @param unexpected those among them that are unexpected; at least one
 */
export function firstUnexpected(members: readonly string[], unexpected: ReadonlySet<string>): string {
  const table = new MemberTable();
  for (const name of members) table.add(name);
  return table.first(unexpected) ?? '';
}

interface Slot {
  readonly name: string;
  readonly hash: number;
}

class MemberTable {
  #shift = SMALLEST_SHIFT;
  #slots: (Slot | undefined)[] = new Array(1 << SMALLEST_SHIFT).fill(undefined);
  #count = 0;

  add(name: string): void {
    const slot = { name, hash: hash(name) };
    let index = this.#index(slot.hash);
    for (let step = 1; this.#slots[index] !== undefined; step++) index = this.#probe(index, step);
    this.#slots[index] = slot;
    this.#count++;
    const size = this.#slots.length;
    if (size <= this.#count + Math.floor(this.#count / 16)) this.#grow();
  }

  first(names: ReadonlySet<string>): string | undefined {
    return this.#slots.find(slot => slot !== undefined && names.has(slot.name))?.name;
  }

  #index(hashValue: number): number {
    return (Math.imul(hashValue, 11) >>> 0) % (PRIMES[this.#shift - SMALLEST_SHIFT] ?? 1);
  }

  #probe(index: number, step: number): number {
    return (index + step) & (this.#slots.length - 1);
  }

  /**
   * Members move in place, from the lowest slot up: each takes the slot where it now belongs, and what was there,
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
function hash(name: string): number {
  let value = 5381;
  for (const byte of Buffer.from(name)) value = (Math.imul(value, 33) + ((byte << 24) >> 24)) | 0;
  return value >>> 0;
}
