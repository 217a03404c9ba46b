import { QmpError } from '../base/errors.ts';
import { PERM_READ, PERM_WRITE } from '../base/page-table.ts';
import type { DmaPermission, VfioContainerInfo, VfioMapping } from '../generated/types.ts';
import type { HostMapping } from '../host/iommu-driver.ts';
import { Type1 } from '../host/iommu-type1.ts';
import { audit, type Translation } from '../vfio/audit.ts';
import type { VfioContainer } from '../vfio/container.ts';
import type { VfioSystem } from '../vfio/system.ts';
import type { CommandHandlers } from './context.ts';

const DEFAULT_LIMIT = 1000;

export const xVfioCommands: CommandHandlers<'x-query-vfio' | 'x-query-vfio-mappings' | 'x-vfio-audit'> = {
  'x-query-vfio': ({ machine }) => ({
    'address-spaces': machine.vfio.spaces.map(({ name, containers }) => ({
      name,
      containers: containers.toReversed().map(container => describeContainer(machine.vfio, container)),
    })),
  }),
  'x-query-vfio-mappings': ({ machine }, { container: id, start = 0, limit = DEFAULT_LIMIT }) => {
    const container = machine.vfio.containers.find(each => each.id === id);
    if (container === undefined) throw new QmpError(`Container ${id} not found`);
    return takeMerged(container.iommu.mappingsFrom(BigInt(start)), BigInt(start), limit);
  },
  'x-vfio-audit': ({ machine }) => {
    const differences = audit(machine.vfio).map(({ container, iova, guest, host }) => ({
      container,
      iova,
      guest: describeTranslation(guest),
      host: describeTranslation(host),
    }));
    return { consistent: differences.length === 0, differences };
  },
};

function describeContainer(vfio: VfioSystem, container: VfioContainer): VfioContainerInfo {
  const { iommu } = container;
  return {
    id: container.id,
    'iommu-type': iommu.type,
    initialized: container.initialized,
    'page-sizes': container.pageSizes,
    windows: container.windows.map(({ minIova, maxIova, pageSizes }) => ({
      'min-iova': minIova,
      'max-iova': maxIova,
      'page-sizes': pageSizes,
    })),
    groups: vfio.groupsOf(container).map(group => ({
      id: group.id,
      devices: group.devices.map(({ id, name, path }) => ({ id: id ?? '', host: name, 'qom-path': path })),
    })),
    'guest-iommus': container.guestIommus.map(({ region, offset, size }) => ({
      ...(region.liobn === undefined ? { region: region.label } : { liobn: region.liobn }),
      offset,
      size,
    })),
    ...(iommu instanceof Type1
      ? { 'iova-ranges': iommu.iovaRanges, 'mappings-available': iommu.mappingsAvailable }
      : {}),
    mappings: iommu.mappings,
    'mapped-bytes': iommu.mappedBytes,
    'locked-bytes': iommu.lockedBytes,
  };
}

/** Adjacent mappings become one; the first is cut off at `start`. */
function takeMerged(mappings: Iterable<HostMapping>, start: bigint, limit: number) {
  const taken: { iova: bigint; size: bigint; gpa: bigint; perm: DmaPermission }[] = [];
  for (const mapping of mappings) {
    const skipped = mapping.iova < start ? start - mapping.iova : 0n;
    const iova = mapping.iova + skipped;
    const gpa = mapping.vaddr + skipped;
    const size = mapping.size - skipped;
    const perm = permission(mapping.perm);
    const last = taken.at(-1);
    if (
      last !== undefined &&
      last.iova + last.size === iova &&
      last.gpa + last.size === gpa &&
      last.perm === perm
    ) {
      last.size += size;
      continue;
    }
    if (taken.length >= limit) return { mappings: taken satisfies VfioMapping[], more: true };
    taken.push({ iova, size, gpa, perm });
  }
  return { mappings: taken satisfies VfioMapping[], more: false };
}

function describeTranslation(translation: Translation | undefined) {
  return translation === undefined ? null : { gpa: translation.gpa, perm: permission(translation.perm) };
}

function permission(bits: number): DmaPermission {
  switch (bits & (PERM_READ | PERM_WRITE)) {
    case PERM_READ:
      return 'ro';
    case PERM_WRITE:
      return 'wo';
    default:
      return 'rw';
  }
}
