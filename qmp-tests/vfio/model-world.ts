import assert from 'node:assert/strict';
import { noGuest } from '../../src/guest/none.ts';
import { BUILTIN_INVENTORY } from '../../src/host/builtin-inventory.ts';
import { Host } from '../../src/host/host.ts';
import type { HostInventory, KvmCapability } from '../../src/host/inventory.ts';
import { HardwareError } from '../../src/index.ts';
import type { SpaprPhb } from '../../src/spapr/phb.ts';
import type { TceTable } from '../../src/spapr/tce-table.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { type Arguments, CommandError, type CommandName, type Returns } from '../helpers/wire.ts';
import { ModuleWatch } from './model-modules.ts';
import { everythingOf } from './observe.ts';
import { assertSound, type Mismatch, spaprMachine } from './soundness.ts';

/** What kind of machine and host a run is about. */
export interface Surroundings {
  readonly iommu: 'spapr-tce-v1' | 'spapr-tce-v2';
  readonly kvm: readonly KvmCapability[] | undefined;
  /** Bytes that may be locked. */
  readonly memlock: bigint | undefined;
  readonly guest: 'linux' | 'none';
}

export const RAM_PAGES = 0x10000;
const PAGE = 0x1000;
/** Modules that can be plugged in. */
export const MODULES = 2;
export const MODULE_PAGES = 0x10000;
/** Where the first of them is seen, a page number. */
export const MODULE_START = 0x40000;

/** Operations whose failure makes host and guest differ. */
const MAPPING_OPERATIONS: readonly string[] = ['VFIO_IOMMU_MAP_DMA', 'VFIO_IOMMU_UNMAP_DMA'];
const UNREGISTER = 'VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY';

/** What the guest has put into its tables, by LIOBN: TCEs by page number. */
export type GuestTables = Map<number, Map<number, bigint>>;

/** A machine whose every step is checked. */
export class World {
  readonly host: Host;
  readonly test: TestMachine;
  readonly tables: GuestTables = new Map();
  readonly #modules: ModuleWatch;
  #mismatches: readonly Mismatch[] = [];
  /** Whether memory that is gone may still be locked. */
  #isMemoryPinned = false;

  private constructor(host: Host, test: TestMachine) {
    this.host = host;
    this.test = test;
    this.#modules = new ModuleWatch(spaprMachine(test));
    this.#followTables();
  }

  static async start(surroundings: Surroundings): Promise<World> {
    const host = new Host(inventoryOf(surroundings));
    const test = machineOn(host, surroundings);
    for (let number = 0; number < MODULES; number++) {
      const size = MODULE_PAGES * PAGE;
      await test.execute('object-add', { 'qom-type': 'memory-backend-ram', id: `memory${number}`, size });
    }
    return new World(host, test);
  }

  get machine() {
    return spaprMachine(this.test);
  }

  /** Open windows. */
  get windows(): readonly TceTable[] {
    return this.machine.tceTables;
  }

  /** Does a command, and checks that a refusal changes nothing and that all is well afterwards. */
  async execute<Name extends CommandName>(
    name: Name,
    args?: Arguments<Name>,
  ): Promise<Returns<Name> | CommandError> {
    const before = name === 'device_add' ? await this.#state() : undefined;
    const reports = this.test.reports.length;
    let result: Returns<Name> | CommandError;
    try {
      result = await this.test.execute(name, args);
    } catch (error) {
      if (error instanceof HardwareError) this.#end(error);
      if (!(error instanceof CommandError)) throw error;
      result = error;
    }
    this.#followTables();
    await this.#check(reports);
    if (result instanceof CommandError && before !== undefined) {
      assert.deepEqual(await this.#state(), before, `left behind by: ${result.message}`);
    }
    return result;
  }

  /** Whether a hardware error has ended the machine. */
  get ended(): boolean {
    return this.machine.end !== undefined;
  }

  /** A hardware error: the host has everything back. @throws the error */
  #end(error: HardwareError): never {
    assert.match(error.message, /^vfio: (DMA mapping|Memory registering) failed, unable to continue$/);
    assert.equal(this.machine.end?.cause, 'hardware-error');
    this.#assertNothingHeld();
    throw error;
  }

  #assertNothingHeld(): void {
    const { process } = this.machine;
    assert.deepEqual(process.openFiles(), NOTHING_OPEN);
    assert.equal(process.lockedBytes, 0n);
    for (const group of this.host.groups) assert.equal(group.container, undefined);
  }

  /** Makes a hypercall on a window, and notes what the guest's table should hold then. */
  async hypercall(name: string, table: TceTable, args: readonly bigint[]): Promise<bigint> {
    const result = await this.execute('x-hcall', { name, args: [table.liobn, ...args] });
    assert(!(result instanceof CommandError), 'hypercalls have a status of their own');
    return BigInt(result.ret);
  }

  /** Notes what the guest has put, page by page up to the window's end. */
  note({ liobn, window }: TceTable, page: number, tces: readonly bigint[]): void {
    const entries = this.tables.get(liobn);
    tces.forEach((value, i) => {
      if (page + i >= window.entries) return;
      entries?.set(page + i, value);
      this.#modules.put(liobn, page + i);
    });
  }

  /** The machine is reset, and all of the guest's tables are empty. */
  async reset(): Promise<void> {
    this.tables.clear();
    await this.execute('system_reset');
  }

  /** Makes an RTAS call about the windows of a host bridge. @returns its status */
  async rtas(name: string, phb: SpaprPhb, args: readonly number[], nret: number): Promise<number> {
    if (name === 'ibm,reset-pe-dma-window') for (const { liobn } of phb.windows) this.tables.delete(liobn);
    const result = await this.execute('x-rtas', { name, args: [...args], nret });
    assert(!(result instanceof CommandError), 'RTAS calls have a status of their own');
    return result.ret[0] ?? 0;
  }

  /** Takes everything away that came after the start, and compares with a machine where nothing ever did. */
  async end(surroundings: Surroundings): Promise<void> {
    if (this.ended) return;
    for (const { id } of this.host.faults.list()) this.host.faults.remove(id);
    for (let round = 0; round < 2; round++) {
      for (const { name } of await this.test.execute('qom-list', { path: '/machine/peripheral' })) {
        if (name !== 'type') await this.execute('device_del', { id: name });
      }
      await this.reset();
    }
    await this.execute('cont');
    assert.deepEqual(this.#mismatches, []);
    assert.deepEqual(await everythingOf(this.test), await freshly(surroundings));
    this.test.close();
    this.#assertNothingHeld();
  }

  /** Windows that are gone are forgotten, new ones are empty. */
  #followTables(): void {
    const open = new Set(this.windows.map(({ liobn }) => liobn));
    for (const liobn of this.tables.keys()) if (!open.has(liobn)) this.tables.delete(liobn);
    for (const liobn of open) if (!this.tables.has(liobn)) this.tables.set(liobn, new Map());
  }

  async #check(reports: number): Promise<void> {
    for (const table of this.windows) this.#checkTable(table);
    const hit = this.host.faults.list().filter(({ hits }) => hits > 0);
    this.#failed ||= hit.some(({ op }) => MAPPING_OPERATIONS.includes(op));
    const isMapped = this.#modules.follow(this.tables);
    this.#isMemoryPinned ||= isMapped || hit.some(({ op }) => op === UNREGISTER);
    if (this.machine.vfio.containers.length === 0) this.#isMemoryPinned = false;
    const found = await assertSound(this.test, this.#isMemoryPinned);
    const mismatches = found.filter(mismatch => !this.#modules.excuses(mismatch));
    if (!this.#failed) assert.deepEqual(mismatches, []);
    const told = this.test.reports.length > reports;
    assert(told || mismatches.length <= this.#mismatches.length, 'went wrong without a word');
    this.#mismatches = mismatches;
  }

  #failed = false;

  /** The machine's table holds what the guest has put there, whoever keeps it. */
  #checkTable({ liobn, entries, window }: TceTable): void {
    const what = `table ${liobn.toString(16)}, ${window.entries} pages of 2^${window.pageShift}`;
    const expected = this.tables.get(liobn) ?? new Map<number, bigint>();
    const present = [...expected].filter(([, tce]) => (tce & 3n) !== 0n);
    assert.equal(entries.present, present.length, what);
    for (const [page, tce] of expected) assert.equal(entries.get(page), tce, `${what}: page ${page}`);
  }

  /** What a client can ask for, without the tree. */
  async #state() {
    const { test, machine } = this;
    return {
      host: await test.execute('x-query-host'),
      vfio: await test.execute('x-query-vfio'),
      tables: await test.execute('x-query-tce-tables'),
      devices: await test.execute('qom-list', { path: '/machine/peripheral' }),
      mappings: machine.vfio.containers.map(({ iommu }) => [...iommu.mappingsFrom(0n)]),
    };
  }
}

/** All that can be asked of a machine where nothing ever happened. */
async function freshly(surroundings: Surroundings): Promise<unknown> {
  const fresh = machineOn(new Host(inventoryOf(surroundings)), surroundings);
  const everything = await everythingOf(fresh);
  fresh.close();
  return everything;
}

const NOTHING_OPEN = { container: 0, group: 0, device: 0, kvm: 0, 'kvm-tce': 0, 'kvm-vfio': 0 };

function inventoryOf({ iommu, kvm, memlock }: Surroundings): HostInventory {
  if (iommu === 'spapr-tce-v1') return { ...BUILTIN_INVENTORY, kvm, memlock };
  // The bridge of group 3 is an old one, which has no windows but its own.
  const groups = BUILTIN_INVENTORY.groups.map(group => ({ ...group, ddw: group.id !== 3 }));
  return { ...BUILTIN_INVENTORY, iommu, kvm, memlock, groups, pageSizes: [0x1000, 0x10000, 0x1000000] };
}

function machineOn(host: Host, { guest }: Surroundings): TestMachine {
  return new TestMachine({
    host,
    ramSize: BigInt(RAM_PAGES * PAGE),
    ramSlots: BigInt(MODULES),
    maxRamSize: BigInt((RAM_PAGES + MODULES * MODULE_PAGES) * PAGE),
    ...(guest === 'none' ? { guest: noGuest } : {}),
  });
}
