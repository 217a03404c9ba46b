import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PageTable } from '../../src/base/page-table.ts';
import { cases } from '../helpers/random.ts';

const LENGTH = 9000;
const index = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 4085, max: 4110 }),
  fc.integer({ min: 8185, max: LENGTH }),
);
const entry = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: index, entry }),
  fc.record({
    kind: fc.constant('run' as const),
    first: index,
    end: index,
    page: fc.oneof(fc.nat(100), fc.integer({ min: 0xfff00, max: 0x100100 }), fc.maxSafeNat()),
    step: fc.constantFrom(0, 1, 16, 4096, 0x400000),
    bits: fc.oneof(fc.nat(3), fc.nat(0xfff)),
  }),
  fc.record({ kind: fc.constant('clear' as const), at: index, end: index }),
  fc.record({ kind: fc.constant('copy' as const), at: index, end: index, to: index }),
);

describe('page table', () => {
  it('is an array of entries that knows how many are present', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const table = new PageTable(LENGTH);
        const model = new Map<number, bigint>();
        const copies = steps.flatMap(action => apply(action, table, model) ?? []);
        const present = [...model].filter(([, value]) => (value & 3n) !== 0n);
        assert.equal(table.present, present.length);
        for (const at of [
          ...Array(30).keys(),
          ...Array(40)
            .fill(4080)
            .map((from, i) => from + i),
        ]) {
          assert.equal(table.get(at), model.get(at) ?? 0n);
        }
        const seen: number[] = [];
        table.forEachPresent(0, LENGTH, at => seen.push(at));
        assert.deepEqual(
          seen,
          present.map(([at]) => at).sort((a, b) => a - b),
        );
        assertSummaries(table, present);
        for (const { copy, entries } of copies)
          for (const [at, value] of entries) assert.equal(copy.get(at), value, 'a copy stays as it was');
      }),
      cases(100),
    );
  });

  it('compares ranges word by word', () => {
    const [one, other] = [new PageTable(LENGTH), new PageTable(LENGTH)];
    one.set(4100, 0x5003n);
    other.set(100, 0x5003n);
    assert(one.equals(other, 4000, 0, 500));
    assert(one.equals(other, 0, 4096, 4000));
    other.set(101, 4n);
    assert(!one.equals(other, 4000, 0, 500));
  });
});

function apply(
  action: typeof step extends fc.Arbitrary<infer T> ? T : never,
  table: PageTable,
  model: Map<number, bigint>,
): { readonly copy: PageTable; readonly entries: ReadonlyMap<number, bigint> } | undefined {
  switch (action.kind) {
    case 'set':
      if (action.at >= LENGTH) return undefined;
      table.set(action.at, action.entry);
      model.set(action.at, action.entry);
      return undefined;
    case 'run': {
      const count = Math.max(Math.min(action.end, LENGTH) - action.first, 0);
      const page = Math.min(action.page, 2 ** 52 - 1 - LENGTH * action.step);
      table.setRun({ ...action, page, count });
      for (let i = 0; i < count; i++) {
        model.set(action.first + i, (BigInt(page + i * action.step) << 12n) | BigInt(action.bits));
      }
      return undefined;
    }
    case 'clear':
      table.clearRange(action.at, action.end);
      for (const at of [...model.keys()]) if (at >= action.at && at < action.end) model.delete(at);
      return undefined;
    case 'copy': {
      const count = Math.min(Math.abs(action.end - action.at), LENGTH - action.to, LENGTH - action.at);
      const source = new PageTable(LENGTH);
      source.copy(table, 0, 0, LENGTH);
      table.copy(source, action.at, action.to, count);
      const before = new Map(model);
      for (let i = 0; i < count; i++) model.set(action.to + i, before.get(action.at + i) ?? 0n);
      return { copy: source, entries: before };
    }
  }
}

function assertSummaries(table: PageTable, present: readonly (readonly [number, bigint])[]): void {
  for (const [at, value] of present) {
    const summary = table.summary(at);
    const page = Number(value >> 12n);
    assert(summary !== undefined && summary.firstPage <= page && page <= summary.lastPage);
    assert.equal(Number(value & 0xffffffffn) & ~summary.lowBits, 0);
  }
}
