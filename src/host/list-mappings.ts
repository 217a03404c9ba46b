import type { HostMapping, IommuDriver } from './iommu-driver.ts';

export interface MappingList {
  readonly mappings: readonly HostMapping[];
  /** Whether there is more after the last one. */
  readonly more: boolean;
}

/**
 * What a container's IOMMU translates, ascending; neighbours contiguous in I/O and process addresses with the
 * same permission are one.
 * @param start the first one is that which holds this address or begins above it; to go on, the end of the last
 * @param limit most to list, from 1
 */
export function listMappings(iommu: IommuDriver, start: bigint, limit: number): MappingList {
  const mappings: HostMapping[] = [];
  for (const next of iommu.mappingsFrom(start)) {
    const last = mappings.at(-1);
    if (last !== undefined && continues(last, next)) {
      mappings[mappings.length - 1] = { ...last, size: last.size + next.size };
    } else if (mappings.length === limit) {
      return { mappings, more: true };
    } else {
      mappings.push(next);
    }
  }
  return { mappings, more: false };
}

function continues(last: HostMapping, next: HostMapping): boolean {
  return (
    last.iova + last.size === next.iova && last.vaddr + last.size === next.vaddr && last.perm === next.perm
  );
}
