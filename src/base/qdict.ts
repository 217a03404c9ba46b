/**
 * The order in which QEMU walks the members of an object. Its dictionaries hash member names into 512
 * buckets and are walked bucket by bucket, newest first within one; where several members are wrong,
 * this decides which one the client hears of.
 */
export function dictionaryOrder<T>(
  entries: readonly (readonly [string, T])[],
): readonly (readonly [string, T])[] {
  if (entries.length < 2) return entries;
  const placed = entries.map((entry, index) => ({ entry, index, bucket: bucketOf(entry[0]) }));
  placed.sort((a, b) => a.bucket - b.bucket || b.index - a.index);
  return placed.map(place => place.entry);
}

const BUCKETS = 512;

/** The string hash of the Trivial Database library, which QEMU uses, modulo the number of buckets. */
function bucketOf(name: string): number {
  const bytes = new TextEncoder().encode(name);
  let value = Math.imul(0x238f13af, bytes.length);
  bytes.forEach((byte, index) => {
    value = (value + (byte << ((index * 5) % 24))) | 0;
  });
  return ((Math.imul(1103515243, value) + 12345) >>> 0) % BUCKETS;
}
