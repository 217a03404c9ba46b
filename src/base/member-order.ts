const BUCKETS = 512;

/**
 * The order in which QEMU lists the members of an object, in replies, events and where it looks for the first
 * member that is wrong: by a hash of the name into 512 buckets; within a bucket, the member added last is first.
 * Clients can see it, and recordings of QEMU depend on it.
 */
export class MemberOrder {
  /** Buckets of names seen, so that a name is hashed once. */
  readonly #known = new Map<string, number>();

  constructor(private readonly maxKnown = 4096) {}

  /** The names, which are in the order of their addition, in QEMU's order. The array given may be changed. */
  sort(names: string[]): readonly string[] {
    if (names.length > 32) return this.#sortMany(names);
    // An insertion sort, as most objects are small and this is done for each one that is sent.
    const buckets: number[] = [];
    for (let count = 0; count < names.length; count++) {
      const name = names[count] ?? '';
      const bucket = this.#bucket(name);
      let place = count;
      for (; place > 0 && (buckets[place - 1] ?? 0) >= bucket; place--) {
        names[place] = names[place - 1] ?? '';
        buckets[place] = buckets[place - 1] ?? 0;
      }
      names[place] = name;
      buckets[place] = bucket;
    }
    return names;
  }

  #sortMany(names: readonly string[]): readonly string[] {
    const placed = names.map((name, index) => ({ name, index, bucket: this.#bucket(name) }));
    placed.sort((a, b) => a.bucket - b.bucket || b.index - a.index);
    return placed.map(({ name }) => name);
  }

  #bucket(name: string): number {
    let bucket = this.#known.get(name);
    if (bucket === undefined) {
      bucket = hash(name) % BUCKETS;
      if (this.#known.size < this.maxKnown && name.length < 64) this.#known.set(name, bucket);
    }
    return bucket;
  }
}

/**
 * The hash, modulo 2^32: each byte of the name, shifted by five bits more than the one before it, modulo 24.
 * In the name, C0 80 stands for NUL.
 */
function hash(name: string): number {
  const bytes = Buffer.from(name).toString('latin1').replaceAll('\0', '\xc0\x80');
  let sum = Math.imul(0x238f13af, bytes.length);
  for (let i = 0; i < bytes.length; i++) sum = (sum + (bytes.charCodeAt(i) << ((i * 5) % 24))) | 0;
  return (Math.imul(1103515243, sum) + 12345) >>> 0;
}

/** The members of an object, given in the order of their addition, in QEMU's order. */
export function inMemberOrder<Value>(
  members: ReadonlyMap<string, Value>,
): readonly (readonly [string, Value])[] {
  return new MemberOrder().sort([...members.keys()]).flatMap(name => {
    const value = members.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
}
