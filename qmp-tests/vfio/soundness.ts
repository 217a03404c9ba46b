import assert from 'node:assert/strict';
import { SpaprTceV1 } from '../../src/host/iommu-spapr-v1.ts';
import { SpaprTceV2 } from '../../src/host/iommu-spapr-v2.ts';
import type { PcDimm } from '../../src/machine/pc-dimm.ts';
import { SpaprMachine } from '../../src/spapr/machine.ts';
import type { VfioContainer } from '../../src/vfio/container.ts';
import { VfioPciDevice } from '../../src/vfio/pci-device.ts';
import type { TestMachine } from '../helpers/in-process.ts';

/** An I/O page of which guest and host differ; entries are addresses with the permission in the low bits. */
export interface Mismatch {
  readonly container: number;
  readonly iova: number;
  readonly guest: number | undefined;
  readonly host: number | undefined;
}

/**
 * Checks all that must hold of a machine at any time, by looking at guest, host and machine themselves.
 * @param isMemoryPinned whether memory that is gone may still be locked
 * @returns where host tables are not what the guest's tables ask for, having checked that the audit says the same
 */
export async function assertSound(test: TestMachine, isMemoryPinned = false): Promise<readonly Mismatch[]> {
  const machine = spaprMachine(test);
  assertFiles(machine);
  assertLockedMemory(machine, isMemoryPinned);
  assertNotifiersAreServed(machine);
  const mismatches = machine.vfio.containers.flatMap(container => mismatchesOf(machine, container));
  const { consistent, differences } = await test.execute('x-vfio-audit');
  const entry = (side: { readonly gpa: number; readonly perm: 'ro' | 'wo' | 'rw' } | null) =>
    side === null ? undefined : side.gpa + { ro: 1, wo: 2, rw: 3 }[side.perm];
  const found = differences.map(({ container, iova, guest, host }) => {
    return { container, iova, guest: entry(guest), host: entry(host) };
  });
  const order = (a: Mismatch, b: Mismatch) => a.container - b.container || a.iova - b.iova;
  assert.deepEqual(found.toSorted(order), mismatches.toSorted(order));
  assert.equal(consistent, mismatches.length === 0);
  return mismatches;
}

export function spaprMachine({ machine }: TestMachine): SpaprMachine {
  assert(machine instanceof SpaprMachine);
  return machine;
}

/** Open host files are those of what exists. */
function assertFiles(machine: SpaprMachine): void {
  const { containers } = machine.vfio;
  const groups = containers.flatMap(container => machine.vfio.groupsOf(container));
  const devices = groups.flatMap(group => group.devices);
  const assigned = machine.phbs.flatMap(phb => [...phb.bus.subtree()].flatMap(bus => bus.functions));
  assert.deepEqual(
    devices.map(({ name }) => name).sort(),
    assigned.flatMap(device => (device instanceof VfioPciDevice ? [device.hostName] : [])).sort(),
  );
  const files = machine.process.openFiles();
  assert.deepEqual(files, {
    container: containers.length,
    group: groups.length,
    device: devices.length,
    kvm: machine.kvmVm === undefined ? 0 : 1,
    'kvm-tce': machine.tceTables.filter(table => table.accelerated).length,
    // Not more than one, and none without groups: a device that could not be made is done without.
    'kvm-vfio': groups.length === 0 ? 0 : Math.min(files['kvm-vfio'], 1),
  });
  const attached = machine.environment.host.groups.filter(group => group.container !== undefined);
  assert.deepEqual(
    attached.map(({ id }) => id),
    groups.map(({ id }) => id).sort((a, b) => a - b),
  );
  for (const { groups } of containers) assert(groups.length > 0, 'a container without groups');
}

/** What is locked is what the containers charge: v1 the whole window, v2 the guest's memory once. */
function assertLockedMemory(machine: SpaprMachine, isMemoryPinned: boolean): void {
  const { inventory } = machine.environment.host;
  const types = machine.vfio.containers.map(({ iommu }) => iommu);
  const v1 = types.filter(iommu => iommu instanceof SpaprTceV1).length;
  const v2 = types.some(iommu => iommu instanceof SpaprTceV2);
  const memory = machine.config.memory.size + machine.memoryDevices.pluggedMemory;
  const expected = BigInt(v1) * inventory.window.size + (v2 ? memory : 0n);
  const { lockedBytes } = machine.process;
  if (isMemoryPinned) assert(lockedBytes >= expected, 'memory of a container is not locked');
  else assert.equal(lockedBytes, expected);
}

/** Tables that somebody follows are not left to a kernel that tells nobody. */
function assertNotifiersAreServed(machine: SpaprMachine): void {
  for (const table of machine.tceTables) {
    assert.equal(table.needVfio, table.region.notifiers.length > 0, `${table.path}: need_vfio`);
  }
  for (const container of machine.vfio.containers) {
    assert(container.initialized);
    const windows = machine.tceTables.filter(table => {
      return container.space.dmaSpace.view.some(range => range.region === table.region);
    });
    assert.deepEqual(
      container.guestIommus.map(({ region }) => region.liobn).sort(),
      windows.map(({ liobn }) => liobn).sort(),
    );
    for (const { path, kvmFile } of windows) {
      if (kvmFile === undefined) continue;
      const { iommu } = container;
      const served =
        iommu instanceof SpaprTceV2 && iommu.windows.some(table => kvmFile.hostTables.has(table));
      assert(served, `${path} is followed, and kept by a kernel that does not update the host's table`);
    }
  }
}

function mismatchesOf(machine: SpaprMachine, container: VfioContainer): readonly Mismatch[] {
  const guest = guestPages(machine, container);
  const host = hostPages(container);
  const differing = new Set(
    [...guest.keys(), ...host.keys()]
      .filter(iova => guest.get(iova) !== host.get(iova))
      .map(iova => entryStart(machine, container, iova)),
  );
  return [...differing].map(iova => {
    return { container: container.id, iova, guest: guest.get(iova), host: host.get(iova) };
  });
}

/** An audit tells of a guest's entry as a whole, however small the host's pages behind it. */
function entryStart(machine: SpaprMachine, container: VfioContainer, iova: number): number {
  for (const { region } of container.guestIommus) {
    const window = machine.tceTable(region.liobn ?? 0)?.window;
    if (window === undefined) continue;
    const offset = iova - Number(window.busOffset);
    const size = 2 ** window.pageShift;
    if (offset >= 0 && offset < window.entries * size) return iova - (offset % size);
  }
  return iova;
}

/** The guest's tables as far as they point to RAM, in 4 KiB pages. */
function guestPages(machine: SpaprMachine, container: VfioContainer): Map<number, number> {
  const pages = new Map<number, number>();
  for (const { region } of container.guestIommus) {
    const table = machine.tceTable(region.liobn ?? 0);
    assert(table !== undefined);
    const { busOffset, entries, pageShift } = table.window;
    const size = 2 ** pageShift;
    table.entries.forEachPresent(0, entries, (index, low, high) => {
      const target = high * 2 ** 32 + ((low & ~(size - 1)) >>> 0);
      if (!isMemory(machine, target, size)) return;
      for (let offset = 0; offset < size; offset += PAGE) {
        pages.set(Number(busOffset) + index * size + offset, target + offset + (low & PERMISSION));
      }
    });
  }
  return pages;
}

/** RAM or a module's memory; no page is large enough to be in two of them. */
function isMemory({ config, memoryDevices }: SpaprMachine, address: number, size: number): boolean {
  const ranges = [[0, Number(config.memory.size)], ...memoryDevices.dimms.map(rangeOf)] as const;
  return ranges.some(([start = 0, length = 0]) => address >= start && address + size <= start + length);
}

/** Where a module's memory begins, and its bytes. */
export function rangeOf({ address, size }: PcDimm): readonly [start: number, size: number] {
  return [Number(address), Number(size)];
}

function hostPages({ iommu }: VfioContainer): Map<number, number> {
  const pages = new Map<number, number>();
  for (const { iova, size, vaddr, perm } of iommu.mappingsFrom(0n)) {
    for (let offset = 0; offset < Number(size); offset += PAGE) {
      pages.set(Number(iova) + offset, Number(vaddr) + offset + perm);
    }
  }
  return pages;
}

const PAGE = 0x1000;
const PERMISSION = 3;
