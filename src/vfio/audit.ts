import { PERM_MASK } from '../base/page-table.ts';
import type { FlatRange } from '../memory/flat-view.ts';
import type { VfioContainer } from './container.ts';
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

/** A run of I/O addresses that translate to a run of memory. */
interface Extent extends Translation {
  readonly iova: bigint;
  readonly size: bigint;
}

/** Compares, page by page, what the guest's IOMMUs say with what the host's translate. */
export function* audit(vfio: VfioSystem): Generator<AuditDifference> {
  for (const container of vfio.containers) {
    for (const { iova, guest, host } of compare(guestExtents(container), hostExtents(container))) {
      yield { container: container.id, iova, guest, host };
    }
  }
}

/** What ought to be mapped, ascending: the guest's translations as far as they end in RAM, and RAM seen directly. */
function* guestExtents(container: VfioContainer): Generator<Extent> {
  const { memorySpace } = container.system.environment;
  for (const section of container.space.dmaSpace.view) {
    if (section.region.kind === 'ram') {
      yield directExtent(section);
      continue;
    }
    const followed = container.guestIommus.filter(each => each.region === section.region);
    for (const { region, start, end, offset } of followed) {
      const shift = BigInt(region.pageShift);
      const size = 1n << shift;
      const { entries } = region;
      const last = Math.min(Number(end >> shift) + 1, entries.length);
      let range = memorySpace.view[0];
      for (let page = Number(start >> shift); page < last; page++) {
        const low = entries.low(page);
        if ((low & PERM_MASK) === 0) continue;
        const gpa = (entries.get(page) >> shift) << shift;
        if (range === undefined || gpa < range.start || gpa >= range.start + range.size)
          range = memorySpace.find(gpa);
        if (range?.region.kind !== 'ram' || gpa + size > range.start + range.size) continue;
        yield { iova: offset + (BigInt(page) << shift), size, gpa, perm: low & PERM_MASK };
      }
    }
  }
}

function directExtent({ start, size }: FlatRange): Extent {
  return { iova: start, size, gpa: start, perm: PERM_MASK };
}

function* hostExtents(container: VfioContainer): Generator<Extent> {
  for (const { iova, size, vaddr, perm } of container.iommu.mappingsFrom(0n))
    yield { iova, size, gpa: vaddr, perm };
}

type Difference = Omit<AuditDifference, 'container'>;

/** Both sides ascending and free of overlaps; differences are yielded for the start of each differing run. */
function* compare(guests: Iterator<Extent>, hosts: Iterator<Extent>): Generator<Difference> {
  let guest = next(guests);
  let host = next(hosts);
  while (guest !== undefined || host !== undefined) {
    if (guest !== undefined && (host === undefined || guest.iova < host.iova)) {
      const cut = host === undefined ? guest.size : min(guest.size, host.iova - guest.iova);
      yield { iova: guest.iova, guest: translation(guest), host: undefined };
      guest = rest(guest, cut) ?? next(guests);
    } else if (host !== undefined && (guest === undefined || host.iova < guest.iova)) {
      const cut = guest === undefined ? host.size : min(host.size, guest.iova - host.iova);
      yield { iova: host.iova, guest: undefined, host: translation(host) };
      host = rest(host, cut) ?? next(hosts);
    } else if (guest !== undefined && host !== undefined) {
      if (guest.gpa !== host.gpa || guest.perm !== host.perm) {
        yield { iova: guest.iova, guest: translation(guest), host: translation(host) };
      }
      const cut = min(guest.size, host.size);
      guest = rest(guest, cut) ?? next(guests);
      host = rest(host, cut) ?? next(hosts);
    }
  }
}

function translation({ gpa, perm }: Extent): Translation {
  return { gpa, perm };
}

function rest(extent: Extent, cut: bigint): Extent | undefined {
  if (cut >= extent.size) return undefined;
  return { iova: extent.iova + cut, size: extent.size - cut, gpa: extent.gpa + cut, perm: extent.perm };
}

function next(extents: Iterator<Extent>): Extent | undefined {
  const result = extents.next();
  return result.done === true ? undefined : result.value;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
