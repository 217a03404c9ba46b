/** I/O addresses from the first to the last, both inclusive. */
export interface IovaRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** What is left of a range without the holes in it, ascending. */
export function withoutHoles(range: IovaRange, holes: readonly IovaRange[]): readonly IovaRange[] {
  let left: readonly IovaRange[] = [range];
  for (const hole of holes) {
    left = left.flatMap(({ first, last }) => {
      if (hole.last < first || hole.first > last) return [{ first, last }];
      const below = { first, last: hole.first - 1n };
      const above = { first: hole.last + 1n, last };
      return [below, above].filter(part => part.first <= part.last);
    });
  }
  return left;
}
