import assert from 'node:assert/strict';
import { SpaprTceV1 } from '../../src/host/iommu-spapr-v1.ts';
import { SpaprTceV2 } from '../../src/host/iommu-spapr-v2.ts';
import { Type1 } from '../../src/host/iommu-type1.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { QomObject } from '../../src/qom/object.ts';
import { SpaprMachine } from '../../src/spapr/machine.ts';
import type { VfioContainer } from '../../src/vfio/container.ts';
import { VfioPciDevice } from '../../src/vfio/pci-device.ts';
import type { TestMachine } from '../helpers/in-process.ts';
import { assertFollowsIommus, type Mismatch, mismatchesOf } from './mismatches.ts';

export type { Mismatch } from './mismatches.ts';

/** What a host may still have of what it failed to take back. */
export interface Residue {
  /** Memory that is gone may still be locked. */
  readonly memory: boolean;
  /** There may be windows that nobody asks for any more. */
  readonly windows: boolean;
}

const NOTHING: Residue = { memory: false, windows: false };

/**
 * Checks all that must hold of a machine at any time, by looking at guest, host and machine themselves.
 * @returns where host tables are not what the guest's tables ask for
 */
export function soundness(machine: Machine, residue = NOTHING): readonly Mismatch[] {
  assertFiles(machine);
  assertLockedMemory(machine, residue.memory);
  for (const container of machine.vfio.containers) {
    assert(container.initialized);
    assert(container.groups.length > 0, 'a container without groups');
    assertFollowsIommus(container);
    if (container.iommu instanceof SpaprTceV2) assertWindows(container, container.iommu, residue.windows);
  }
  if (machine instanceof SpaprMachine) assertNotifiersAreServed(machine);
  return mismatchesOf(machine);
}

/** Where windows are made on demand there is one for each of the guest's, known to both sides, and no other. */
function assertWindows(container: VfioContainer, iommu: SpaprTceV2, hasLeft: boolean): void {
  const range = (start: bigint, size: bigint) => `${start} ${size}`;
  const guest = container.guestIommus.map(({ start, offset, size }) => range(start + offset, size)).sort();
  const known = container.windows
    .map(({ minIova, maxIova }) => range(minIova, maxIova - minIova + 1n))
    .sort();
  const host = iommu.windows.map(({ start, size }) => range(start, size)).sort();
  assert.deepEqual(known, guest, 'windows');
  if (hasLeft)
    assert(
      guest.every(window => host.includes(window)),
      'a window of the host is missing',
    );
  else assert.deepEqual(host, guest, 'windows of the host');
}

/** The same, having checked that the audit a client can ask for says so, too. */
export async function assertSound(test: TestMachine): Promise<readonly Mismatch[]> {
  const mismatches = soundness(test.machine);
  await assertAudited(test, mismatches);
  return mismatches;
}

/** Checks that the audit tells of these, and of nothing else. */
export async function assertAudited(test: TestMachine, mismatches: readonly Mismatch[]): Promise<void> {
  const { consistent, differences } = await test.execute('x-vfio-audit');
  assert.equal(consistent, mismatches.length === 0);
  assert.equal(consistent, differences.length === 0);
  // Without tables the host does not have entries that both sides could count in.
  if (!(test.machine instanceof SpaprMachine)) return;
  const entry = (side: { readonly gpa: number; readonly perm: 'ro' | 'wo' | 'rw' } | null) =>
    side === null ? undefined : side.gpa + { ro: 1, wo: 2, rw: 3 }[side.perm];
  const found = differences.map(({ container, iova, guest, host }) => {
    return { container, iova, guest: entry(guest), host: entry(host) };
  });
  const order = (a: Omit<Mismatch, 'size'>, b: Omit<Mismatch, 'size'>) =>
    a.container - b.container || a.iova - b.iova;
  assert.deepEqual(found.toSorted(order), mismatches.map(({ size: _, ...told }) => told).toSorted(order));
}

/** Open host files are those of what exists. */
function assertFiles(machine: Machine): void {
  const { containers } = machine.vfio;
  const groups = containers.flatMap(container => machine.vfio.groupsOf(container));
  const opened = groups.flatMap(group => group.devices.map(({ name }) => name));
  const buses = machine.pciRoots.flatMap(root => [...root.subtree()]);
  const assigned = buses.flatMap(bus =>
    bus.functions.flatMap(device => (device instanceof VfioPciDevice ? [device.hostName] : [])),
  );
  assert.equal(opened.sort().join(), assigned.sort().join());
  const files = machine.process.openFiles();
  const tables = machine instanceof SpaprMachine ? machine.tceTables : [];
  const expected = {
    container: containers.length,
    group: groups.length,
    device: opened.length,
    kvm: machine.kvmVm === undefined ? 0 : 1,
    'kvm-tce': tables.filter(table => table.accelerated).length,
    // Not more than one, and none without groups: a device that could not be made is done without.
    'kvm-vfio': groups.length === 0 ? 0 : Math.min(files['kvm-vfio'], 1),
  };
  for (const kind of FILE_KINDS) assert.equal(files[kind], expected[kind], `open files: ${kind}`);
  const attached = machine.environment.host.groups.filter(
    group => group.container?.process === machine.process || group.file?.process === machine.process,
  );
  const ids = groups.map(({ id }) => id).sort((a, b) => a - b);
  assert.equal(attached.map(({ id }) => id).join(), ids.join());
  for (const group of attached) {
    assert(group.viable, `group ${group.id} is in use, and not viable`);
    for (const { address, files: open, present, isBoundToVfio } of group.devices)
      assert(open.size === 0 || (present && isBoundToVfio), `${address} was taken away while it is in use`);
  }
}

const FILE_KINDS = ['container', 'group', 'device', 'kvm', 'kvm-tce', 'kvm-vfio'] as const;

/**
 * What is locked is what the containers charge: v1 the whole window, v2 the guest's memory once for all of them,
 * type1 each what it maps.
 */
function assertLockedMemory(machine: Machine, isMemoryPinned: boolean): void {
  const { inventory } = machine.environment.host;
  let expected = 0n;
  let hasV2 = false;
  for (const { iommu } of machine.vfio.containers) {
    if (iommu instanceof SpaprTceV1) expected += inventory.window.size;
    if (iommu instanceof Type1) for (const { size } of iommu.mappingsFrom(0n)) expected += size;
    hasV2 ||= iommu instanceof SpaprTceV2;
  }
  if (hasV2) expected += machine.config.memory.size + machine.memoryDevices.pluggedMemory;
  const { lockedBytes } = machine.process;
  if (isMemoryPinned) assert(lockedBytes >= expected, 'memory of a container is not locked');
  else assert.equal(lockedBytes, expected, 'locked memory');
}

/** Tables that somebody follows are not left to a kernel that tells nobody. */
function assertNotifiersAreServed(machine: SpaprMachine): void {
  const { tceTables } = machine;
  for (const table of tceTables) {
    const isForVfio = isBridgeForVfio(machine, table.parent);
    assert.equal(table.needVfio, table.region.notifiers.length > 0 || isForVfio, `${table.path}: need_vfio`);
  }
  for (const { iommu, guestIommus } of machine.vfio.containers) {
    for (const { region } of guestIommus) {
      const file = tceTables.find(table => table.region === region)?.kvmFile;
      if (file === undefined) continue;
      const served = iommu instanceof SpaprTceV2 && iommu.windows.some(table => file.hostTables.has(table));
      assert(
        served,
        `${region.label} is followed, and kept by a kernel that does not update the host's table`,
      );
    }
  }
}

/** Checks that KVM keeps every table that nobody follows, where its kernel can have one of that shape. */
export function assertAccelerated({ tceTables, kvmVm }: SpaprMachine): void {
  if (kvmVm === undefined) return;
  for (const { path, needVfio, accelerated, window } of tceTables) {
    if (needVfio) continue;
    const isClassic = window.pageShift === 12 && window.busOffset === 0n && window.entries < 2 ** 20;
    const isPossible: boolean =
      kvmVm.checkExtension('spapr-tce-64') || (isClassic && kvmVm.checkExtension('spapr-tce'));
    assert.equal(accelerated, isPossible, `${path}: accelerated`);
  }
}

/** Up to pseries-2.5 a kind of bridge was there for assigned devices alone. */
function isBridgeForVfio({ version }: SpaprMachine, owner: QomObject | undefined): boolean {
  return version.vfioBridge === 'needed' && owner?.type.name === 'spapr-pci-vfio-host-bridge';
}

export function spaprMachine({ machine }: TestMachine): SpaprMachine {
  assert(machine instanceof SpaprMachine);
  return machine;
}

/** Checks that a process has given everything back. */
export function assertNothingHeld({ process, environment: { host } }: Machine): void {
  for (const [kind, count] of Object.entries(process.openFiles())) assert.equal(count, 0, kind);
  assert.equal(process.lockedBytes, 0n);
  for (const { container, file } of host.groups)
    assert(container?.process !== process && file?.process !== process, 'a group is still in use');
}
