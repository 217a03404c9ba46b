import { PERM_MASK, PERM_READ } from '../base/page-table.ts';
import type { EntryRun, HostMapping } from '../host/iommu-driver.ts';
import type { FlatRange } from '../memory/flat-view.ts';
import type { VfioContainer } from './container.ts';
import type { VfioGuestIommu } from './guest-iommu.ts';
import type { VfioSystem } from './system.ts';

/** What one I/O page translates to. */
export interface Translation {
  readonly gpa: bigint;
  /** Permission bits as in `base/page-table.ts`. */
  readonly perm: number;
}

/** An I/O page of which guest and host do not think the same. */
export interface AuditDifference {
  readonly container: number;
  readonly iova: bigint;
  readonly guest: Translation | undefined;
  readonly host: Translation | undefined;
}

type Difference = Omit<AuditDifference, 'container'>;

/**
 * Compares, entry by entry, what the guest has asked for with what the host translates: the guest's IOMMUs
 * as far as they lead to RAM, RAM that devices see directly, and nothing anywhere else.
 */
export function audit(vfio: VfioSystem): readonly AuditDifference[] {
  return vfio.containers.flatMap(container => {
    const { id } = container;
    return [...differencesOf(container)]
      .sort((a, b) => (a.iova < b.iova ? -1 : 1))
      .map(difference => ({ container: id, ...difference }));
  });
}

function* differencesOf(container: VfioContainer): Generator<Difference> {
  const ram = container.space.dmaSpace.view.filter(
    ({ region: { kind } }) => kind === 'ram' || kind === 'rom',
  );
  const runs = container.guestIommus.flatMap(runsOf);
  for (const run of runs) yield* translatedDifferences(container, run);
  for (const section of ram) yield* directDifferences(container, section);
  yield* unaskedFor(container, [...runs.map(rangeOf), ...ram]);
}

/** What the guest translates, by I/O addresses. */
function runsOf({ region, start, end, offset }: VfioGuestIommu): readonly EntryRun[] {
  return [...region.translations(start, end)].map(run => ({ ...run, base: run.base + offset }));
}

function rangeOf({ first, end, pageShift, base }: EntryRun): Range {
  const shift = BigInt(pageShift);
  return { start: base + (BigInt(first) << shift), size: BigInt(end - first) << shift };
}

/** Below a guest IOMMU. */
function* translatedDifferences({ iommu }: VfioContainer, run: EntryRun): Generator<Difference> {
  const { table, pageShift, base } = run;
  const shift = BigInt(pageShift);
  for (const { index, host } of iommu.differences(run)) {
    const iova = base + (BigInt(index) << shift);
    const perm = table.low(index) & PERM_MASK;
    const gpa = (table.get(index) >> shift) << shift;
    const isAsked = perm !== 0 && iommu.isMemory(gpa, 1n << shift);
    yield {
      iova,
      guest: isAsked ? { gpa, perm } : undefined,
      host: host === undefined ? undefined : translation(host, iova),
    };
  }
}

/** Where devices see memory at its own address. */
function* directDifferences(
  { iommu }: VfioContainer,
  { start, size, readonly }: FlatRange,
): Generator<Difference> {
  const end = start + size;
  const perm = readonly ? PERM_READ : PERM_MASK;
  const direct = (address: bigint): Translation => ({ gpa: address, perm });
  let at = start;
  for (const host of iommu.mappingsFrom(start)) {
    if (host.iova >= end) break;
    if (host.iova > at) {
      yield { iova: at, guest: direct(at), host: undefined };
      at = host.iova;
    }
    if (host.vaddr !== host.iova || host.perm !== perm) {
      yield { iova: at, guest: direct(at), host: translation(host, at) };
    }
    at = host.iova + host.size;
  }
  if (at < end) yield { iova: at, guest: direct(at), host: undefined };
}

interface Range {
  readonly start: bigint;
  readonly size: bigint;
}

/** What the host has where the guest has nothing that could ask for it. */
function* unaskedFor({ iommu }: VfioContainer, ranges: readonly Range[]): Generator<Difference> {
  for (const { start, end } of gapsBetween(ranges)) {
    for (const host of iommu.mappingsFrom(start)) {
      if (host.iova >= end) break;
      const step = iommu.entrySizeAt(host.iova);
      const hostEnd = host.iova + host.size;
      for (let iova = host.iova; iova < hostEnd && iova < end; iova += step) {
        if (iova + step > start) yield { iova, guest: undefined, host: translation(host, iova) };
      }
    }
  }
}

function* gapsBetween(ranges: readonly Range[]) {
  let start = 0n;
  for (const range of ranges.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    if (range.start > start) yield { start, end: range.start };
    start = range.start + range.size;
  }
  yield { start, end: ADDRESS_SPACE_END };
}

/** What a mapping makes of one of its addresses. */
function translation({ iova, vaddr, perm }: HostMapping, address: bigint): Translation {
  return { gpa: vaddr + (address - iova), perm };
}

const ADDRESS_SPACE_END = 2n ** 64n;
