import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PageTable } from '../../src/base/page-table.ts';
import { listMappings } from '../../src/host/list-mappings.ts';
import { cases } from '../helpers/random.ts';
import { attach, GiB, makeHost, makeProcess, RW } from './helpers.ts';

const PAGE = 0x1000n;
/** Indices around the border of a table's chunks, where a mistake would be. */
const index = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 4075, max: 4120 }));
/** Entries, mostly good ones: into either of two pieces of memory, or beside; with bits that do not count. */
const entry = fc
  .tuple(fc.integer({ min: 0, max: 96 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(0n, 0n, 0n, 0x124n))
  .map(([page, perm, extra]) => BigInt(page) * PAGE + extra + BigInt(perm));
const scenario = fc.record({
  type: fc.constantFrom('spapr-tce-v1' as const, 'spapr-tce-v2' as const),
  entries: fc.array(fc.tuple(index, entry), { maxLength: 60 }),
  filled: fc.boolean(),
  occupied: fc.array(index, { maxLength: 4 }),
  pageShift: fc.constantFrom(12, 12, 12, 16),
  first: index,
  length: fc.integer({ min: 0, max: 60 }),
  base: fc.constantFrom(0n, 0n, PAGE, 5n * PAGE, 0x800n),
  unmapFirst: index,
  unmapLength: fc.integer({ min: 0, max: 60 }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

describe('entries in bulk', () => {
  it('have the same effect as one call each', () => {
    fc.assert(
      fc.property(scenario, given => assert.deepEqual(play(given, false), play(given, true))),
      cases(300),
    );
  });

  it('replay a full 1 GiB window', () => {
    const { iommu } = attach(makeProcess(makeHost()), 'spapr-tce-v1');
    iommu.enable();
    const length = 0x40000;
    const table = new PageTable(length);
    for (let i = 0; i < length; i++) table.set(i, (BigInt((i * 7919) % length) << 12n) | 3n);
    const run = { table, first: 0, end: length, pageShift: 12, base: GiB };
    iommu.mapEntries(run, { failed: assert.fail });
    assert.equal(iommu.mappings, length);
    assert.deepEqual([...iommu.differences(run)], []);
    assert.equal(iommu.mappingAt(GiB + PAGE)?.vaddr, 7919n * PAGE);
    iommu.unmapEntries({ ...run, first: 1 }, assert.fail);
    assert.equal(iommu.mappings, 1);
  });

  it('keep nothing of an entry but the address of its page and the permission', () => {
    const process = makeProcess(makeHost({ iommu: 'spapr-tce-v2' }));
    const { iommu } = attach(process, 'spapr-tce-v2');
    iommu.registerMemory(0n, GiB);
    iommu.removeWindow(0n);
    iommu.createWindow({ pageShift: 16, size: GiB, levels: 1 });
    const host = iommu.windows[0]?.entries;
    const cases = [
      [0x53123n, 0x50003n],
      [0x70000n, 0n],
    ] as const;
    for (const [guest, expected] of cases) {
      const table = new PageTable(2);
      table.set(0, guest);
      table.set(1, 0x80003n);
      iommu.mapEntries({ table, first: 0, end: 2, pageShift: 16, base: 0n }, { failed: assert.fail });
      assert.deepEqual([host?.get(0), host?.get(1)], [expected, 0x80003n]);
      iommu.unmapDma(0n, GiB);
    }
  });

  it('differ from the host where memory has gone since', () => {
    const process = makeProcess(makeHost());
    const { iommu } = attach(process, 'spapr-tce-v1');
    iommu.enable();
    const table = new PageTable(2);
    table.set(1, 0x5003n);
    const run = { table, first: 0, end: 2, pageShift: 12, base: 0n };
    iommu.mapEntries(run, { failed: assert.fail });
    assert.deepEqual([...iommu.differences(run)], []);
    process.removeMemory(0n, 0x10000n);
    assert.deepEqual(
      [...iommu.differences(run)].map(({ index, host }) => [index, host?.vaddr]),
      [[1, 0x5000n]],
    );
  });

  it('leave out what is not memory of the process, if the caller wants to see to that', () => {
    const host = makeHost();
    const { iommu } = attach(makeProcess(host), 'spapr-tce-v1');
    iommu.enable();
    const table = new PageTable(4);
    [3n, GiB | 3n, 0n, PAGE | 3n].forEach((value, at) => {
      table.set(at, value);
    });
    const run = { table, first: 0, end: 4, pageShift: 12, base: 0n };
    for (const armed of [false, true]) {
      if (armed) host.faults.add({ op: 'VFIO_IOMMU_MAP_DMA', errno: 'EIO', after: 100 });
      const left: number[] = [];
      iommu.mapEntries(run, { failed: assert.fail, notMemory: at => left.push(at) });
      assert.deepEqual(left, [1]);
      assert.equal(iommu.mappings, 2);
      iommu.unmapDma(0n, GiB);
    }
    assert.equal(host.faults.list()[0]?.calls, 2);
  });
});

/** Plays a scenario, and says everything that can be seen of it. With a fault armed, each call is made. */
function play(given: Scenario, oneByOne: boolean): unknown {
  const host = makeHost({
    iommu: 'spapr-tce-v2',
    'page-sizes': [0x1000],
    window: { start: '0x3000', size: '0x2000000' },
  });
  const process = host.createProcess();
  process.addMemory(0n, 64n * PAGE);
  process.addMemory(80n * PAGE, 16n * PAGE);
  const { container } = attach(process, given.type);
  const iommu = container.iommu;
  assert(iommu !== undefined);
  if (iommu.type === 'spapr-tce-v1') iommu.enable();
  else if (iommu.type === 'spapr-tce-v2') iommu.registerMemory(0n, 64n * PAGE);
  const table = new PageTable(4200);
  if (given.filled) for (let at = 4060; at < 4200; at++) table.set(at, (BigInt(at % 64) * PAGE) | 3n);
  for (const [at, value] of given.entries) table.set(at, value);
  for (const at of given.occupied) {
    const iova = 0x3000n + BigInt(at) * PAGE;
    if (iommu.mappingAt(iova) === undefined) iommu.mapDma(iova, 0n, PAGE, RW);
  }
  if (oneByOne) {
    host.faults.add({ op: 'VFIO_IOMMU_MAP_DMA', errno: 'EIO', after: 1e9 });
    host.faults.add({ op: 'VFIO_IOMMU_UNMAP_DMA', errno: 'EIO', after: 1e9 });
  }
  const { first, length, pageShift, base } = given;
  const run = { table, first, end: first + length, pageShift, base };
  const failed: unknown[] = [];
  iommu.mapEntries(run, { failed: (at, error) => failed.push([at, error.message]) });
  const mapped = listMappings(iommu, 0n, 1e6);
  const counts = [iommu.mappings, iommu.mappedBytes, [...iommu.differences(run)].length];
  const unmap = { first: given.unmapFirst, end: given.unmapFirst + given.unmapLength, pageShift, base };
  iommu.unmapEntries(unmap, (at, error) => failed.push([at, error.message]));
  return { failed, mapped, counts, left: listMappings(iommu, 0n, 1e6), present: iommu.mappings };
}
