import assert from 'node:assert/strict';
import { type Errno, HostError } from '../../src/base/errors.ts';
import { PageTable } from '../../src/base/page-table.ts';
import { Host } from '../../src/host/host.ts';
import { type InventoryFile, inventoryFromFile } from '../../src/host/inventory-file.ts';
import type { IommuType } from '../../src/host/iommu-driver.ts';
import type { Type1 } from '../../src/host/iommu-type1.ts';
import type { HostProcess } from '../../src/host/process.ts';
import type { VfioContainer, VfioIommu } from '../../src/host/vfio-container.ts';
import type { VfioGroup } from '../../src/host/vfio-group.ts';

export const MiB = 1n << 20n;
export const GiB = 1n << 30n;
export const RW = 3;
export const RO = 1;

/** A host with one device in each of the groups 1 to 3, and whatever `file` says. */
export function makeHost(file: Partial<InventoryFile> = {}): Host {
  const groups = [1, 2, 3].map(id => ({ id, devices: [{ ...DEVICE, address: `000${id}:00:00.0` }] }));
  return new Host(inventoryFromFile({ iommu: 'spapr-tce-v1', groups, ...file }));
}

export const DEVICE = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;

/** A process with 1 GiB of memory at 0. */
export function makeProcess(host: Host): HostProcess {
  const process = host.createProcess();
  process.addMemory(0n, GiB);
  return process;
}

type IommuOf<T extends IommuType> = T extends Type1['type'] ? Type1 : Extract<VfioIommu, { type: T }>;

export interface Attached<T extends VfioIommu> {
  readonly container: VfioContainer;
  readonly group: VfioGroup;
  readonly iommu: T;
}

/** Opens a container with a group in it, and sets its type. */
export function attach<T extends IommuType>(
  process: HostProcess,
  type: T,
  groupId = 1,
): Attached<IommuOf<T>> {
  const container = process.openContainer();
  const group = process.openGroup(groupId);
  group.setContainer(container);
  container.setIommu(type);
  const { iommu } = container;
  assert(iommu !== undefined && isOfType(iommu, type));
  return { container, group, iommu };
}

function isOfType<T extends IommuType>(iommu: VfioIommu, type: T): iommu is IommuOf<T> {
  return iommu.type === type;
}

export function assertErrno(errno: Errno, call: () => unknown): void {
  assert.throws(call, (error: unknown) => {
    assert(error instanceof HostError, String(error));
    assert.equal(error.errno, errno, error.message);
    return true;
  });
}

/** A guest's table: `entries` maps indices to TCEs. */
export function tableOf(length: number, entries: Iterable<readonly [number, bigint]>): PageTable {
  const table = new PageTable(length);
  for (const [index, entry] of entries) table.set(index, entry);
  return table;
}

export const NOTHING_OPEN = { container: 0, group: 0, device: 0, kvm: 0, 'kvm-tce': 0, 'kvm-vfio': 0 };
