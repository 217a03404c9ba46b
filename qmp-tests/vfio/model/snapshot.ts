import assert from 'node:assert/strict';
import { PageTable } from '../../../src/base/page-table.ts';
import type { Host } from '../../../src/host/host.ts';
import { SpaprTceDriver } from '../../../src/host/iommu-spapr.ts';
import type { Machine } from '../../../src/machine/machine.ts';
import { SpaprMachine } from '../../../src/spapr/machine.ts';
import type { VfioContainer } from '../../../src/vfio/container.ts';

/** Tables as they were, by what they are of. Copies share what neither side has changed since. */
type Tables = ReadonlyMap<string, PageTable>;

/** What a command that is refused must leave as it was, of a host and the machines on it. */
export interface Snapshot {
  readonly facts: unknown;
  readonly kvm: readonly KvmFacts[];
  readonly tables: Tables;
}

/** What KVM has of a machine, where that is settled: else a refused attempt may be the occasion for a change. */
interface KvmFacts {
  readonly tables: readonly string[] | undefined;
  readonly groups: readonly number[] | undefined;
}

/** Whether KVM has all that it can have of a machine: tables, and the groups in use. */
export interface KvmState {
  readonly tables: boolean;
  readonly groups: boolean;
}

/** @param kvm of a machine by its number */
export function snapshotOf(
  host: Host,
  machines: readonly Machine[],
  kvm: (number: number) => KvmState,
): Snapshot {
  const tables = new Map<string, PageTable>();
  return {
    facts: [factsOfHost(host), ...machines.map((machine, i) => factsOf(machine, `machine ${i}`, tables))],
    kvm: machines.map((machine, i) => factsOfKvm(machine, kvm(i))),
    tables,
  };
}

function factsOfKvm(machine: Machine, isSettled: KvmState): KvmFacts {
  const tables = machine instanceof SpaprMachine ? machine.tceTables : [];
  return {
    tables: isSettled.tables
      ? tables.filter(({ accelerated }) => accelerated).map(({ path }) => path)
      : undefined,
    groups: isSettled.groups ? machine.kvmVm?.vfioDevice?.groupIds : undefined,
  };
}

/** @param cause for the message */
export function assertUnchanged(before: Snapshot, after: Snapshot, cause: string): void {
  assert.deepEqual(after.facts, before.facts, `left behind by: ${cause}`);
  for (const [i, { tables, groups }] of before.kvm.entries()) {
    const now = after.kvm[i];
    if (now?.tables !== undefined && tables !== undefined)
      assert.deepEqual(now.tables, tables, `tables changed hands by: ${cause}`);
    if (now?.groups !== undefined && groups !== undefined)
      assert.deepEqual(now.groups, groups, `KVM has other groups after: ${cause}`);
  }
  for (const [name, table] of before.tables) {
    const now = after.tables.get(name);
    const isSame = now?.length === table.length && table.equals(now, 0, 0, table.length);
    assert(isSame, `${name} was changed by: ${cause}`);
  }
}

function factsOfHost(host: Host) {
  return [
    host.memlock,
    host.kvmCapabilities,
    host.groups.map(({ id, containerUsers, file, isUsed, eeh, devices }) => [
      id,
      containerUsers > 0,
      file?.fd,
      // Whoever opens a device, even in vain, gets its endpoint in order.
      isUsed ? [eeh.enabled, eeh.state] : undefined,
      devices.map(({ driver, present, nextDriver, files }) => [driver, present, nextDriver, files.size]),
    ]),
  ];
}

function factsOf(machine: Machine, name: string, tables: Map<string, PageTable>) {
  const guestTables = machine instanceof SpaprMachine ? machine.tceTables : [];
  for (const { liobn, entries } of guestTables) tables.set(`${name}: table ${liobn}`, copyOf(entries));
  return {
    files: { ...machine.process.openFiles(), 'kvm-tce': undefined, 'kvm-vfio': undefined },
    locked: machine.process.lockedBytes,
    state: machine.runState.name,
    devices: [...machine.system.peripheral.children.keys()],
    modules: machine.memoryDevices.dimms.map(({ address, size }) => [address, size]),
    windows: guestTables.map(({ liobn, window, needVfio }) => {
      return [liobn, window, needVfio];
    }),
    contexts: machine.guestPlatform.kind === 'pc' ? machine.guestPlatform.remapping()?.contexts : undefined,
    translation: machine.guestPlatform.kind === 'pc' && machine.guestPlatform.remapping()?.translation,
    pending: machine.pendingGuestEvents.length,
    containers: machine.vfio.containers.map(container => factsOfContainer(machine, container, name, tables)),
  };
}

function factsOfContainer(
  machine: Machine,
  container: VfioContainer,
  name: string,
  tables: Map<string, PageTable>,
) {
  const { id, iommu, windows, guestIommus } = container;
  const hostTables = iommu instanceof SpaprTceDriver ? iommu.windows : [];
  for (const { start, entries } of hostTables)
    tables.set(`${name}: container ${id} ${start}`, copyOf(entries));
  return {
    id,
    type: iommu.type,
    groups: machine.vfio.groupsOf(container).map(group => [group.id, group.devices.map(device => device.id)]),
    windows: windows.map(({ minIova, maxIova, pageSizes }) => [minIova, maxIova, pageSizes]),
    hostWindows: hostTables.map(({ start, size, pageShift }) => [start, size, pageShift]),
    iommus: guestIommus.map(({ region, start, end, offset }) => [region.label, start, end, offset]),
    mappings: iommu instanceof SpaprTceDriver ? [] : [...iommu.mappingsFrom(0n)],
  };
}

function copyOf(table: PageTable): PageTable {
  const copy = new PageTable(table.length);
  copy.copyFrom(table);
  return copy;
}
