import assert from 'node:assert/strict';
import { SpaprTceV1 } from '../../../src/host/iommu-spapr-v1.ts';
import { Type1 } from '../../../src/host/iommu-type1.ts';
import type { MachineOptions } from '../../../src/index.ts';
import type { AddressSpace } from '../../../src/memory/address-space.ts';
import { PcMachine } from '../../../src/pc/machine.ts';
import { SpaprMachine } from '../../../src/spapr/machine.ts';
import { TestMachine } from '../../helpers/in-process.ts';
import { type PageRange, pagesOfModule } from '../guest-memory.ts';
import type { Mismatch } from '../mismatches.ts';
import { assertAudited, soundness } from '../soundness.ts';
import { GuestDomains } from './guest-domains.ts';
import { GuestTables } from './guest-tables.ts';
import { MODULE_PAGES, MODULES } from './kinds.ts';

/** What a guest has mapped, as the model knows it. */
export interface GuestModelTables {
  /** The machine is reset, and all of the guest's tables are empty. */
  forgetAll(): void;
  /** Looks what tables there are. */
  follow(): void;
  /** Checks the machine's tables against these. */
  check(): void;
  memoryChanged(range: PageRange): void;
  /** Those for which there is no reason why guest and host may differ there. */
  unexcused(mismatches: readonly Mismatch[]): readonly Mismatch[];
}

/** One machine of a story, with what is known of its guest. */
export class Member {
  readonly test: TestMachine;
  /** On a pseries machine. */
  readonly tables: GuestTables | undefined;
  /** On a PC. */
  readonly domains: GuestDomains | undefined;
  mismatches: readonly Mismatch[] = [];
  #modules: readonly PageRange[] = [];
  /** Whether something has failed while the guest kept from its hardware what it wants. */
  #failedUnseen = false;
  /** Whether memory that is gone may still be locked. */
  #isMemoryPinned = false;
  /** Whether the host may have windows that it could not remove. */
  #hasWindowsLeft = false;
  #v1Spaces: ReadonlySet<AddressSpace> = new Set();

  /** @throws QmpError if there cannot be such a machine now */
  constructor(options: MachineOptions) {
    this.test = new TestMachine(options);
    const { machine } = this;
    if (machine instanceof SpaprMachine) this.tables = new GuestTables(machine);
    if (machine instanceof PcMachine) this.domains = new GuestDomains(() => machine.remapping);
  }

  /** Has memory ready that can be plugged. */
  async prepareModules(): Promise<void> {
    for (let number = 0; number < MODULES; number++) {
      const size = MODULE_PAGES * 0x1000;
      const backend = { 'qom-type': 'memory-backend-ram', id: `memory${number}`, size } as const;
      await this.test.execute('object-add', backend);
    }
  }

  get machine() {
    return this.test.machine;
  }

  get pseries(): SpaprMachine {
    const { machine } = this;
    assert(machine instanceof SpaprMachine);
    return machine;
  }

  /** Whether a hardware error has ended the machine. */
  get ended(): boolean {
    return this.machine.end !== undefined;
  }

  get #guest(): GuestModelTables | undefined {
    return this.tables ?? this.domains;
  }

  get ids(): readonly string[] {
    return [...this.machine.system.peripheral.children.keys()];
  }

  forgetTables(): void {
    this.#guest?.forgetAll();
  }

  /** Whether something is left of what the host could not do, which may be in the way of more. */
  get isDisturbed(): boolean {
    const isUnseen = this.#failedUnseen || this.domains?.isStale === true;
    return this.#found.length > 0 || this.#isMemoryPinned || this.#hasWindowsLeft || isUnseen;
  }

  /** Whether what was assigned in an address space had a host without windows of its own. */
  hasV1(space: AddressSpace): boolean {
    return this.#v1Spaces.has(space);
  }

  /** Looks what tables the guest has after a command. */
  follow(): void {
    this.#guest?.follow();
  }

  /** Checks the machine after a command. */
  check({ told, failed, stillRegistered, windowsLeft }: HostFailures): void {
    this.#guest?.check();
    const isMapped = this.#followModules();
    this.#isMemoryPinned ||= isMapped || stillRegistered;
    this.#hasWindowsLeft ||= windowsLeft;
    const { containers } = this.machine.vfio;
    if (containers.length === 0) this.#isMemoryPinned = this.#hasWindowsLeft = false;
    this.#v1Spaces = new Set(
      containers.filter(({ iommu }) => iommu instanceof SpaprTceV1).map(({ space }) => space.dmaSpace),
    );
    const residue = { memory: this.#isMemoryPinned, windows: this.#hasWindowsLeft };
    const found = soundness(this.machine, residue);
    const known = new Set(this.mismatches.map(keyOf));
    const fresh = this.#unexcused(found).filter(each => !known.has(keyOf(each)));
    const isExplained = told.length > 0 && (failed || this.#isAtLimit(told));
    if (!isExplained && !this.#failedUnseen)
      assert.deepEqual(fresh, [], 'guest and host differ, without a word');
    // What fails while nobody can tell comes to light later.
    this.#failedUnseen = this.domains?.isStale === true && (this.#failedUnseen || isExplained);
    this.mismatches = [...found.filter(each => known.has(keyOf(each))), ...fresh];
    this.#found = found;
  }

  #unexcused(found: readonly Mismatch[]): readonly Mismatch[] {
    return this.#guest?.unexcused(found) ?? found;
  }

  #found: readonly Mismatch[] = [];

  /** Checks that a client who asks is told the same as was found. */
  async checkAudit(): Promise<void> {
    await assertAudited(this.test, this.#found);
  }

  /** Whether the host has refused to map what a guest asks for without being told to fail. */
  #isAtLimit(told: readonly string[]): boolean {
    const isLimited = this.machine.vfio.containers.some(({ iommu }) => {
      const { memlock } = this.machine.environment.host;
      return iommu instanceof Type1 && (iommu.mappingsAvailable === 0 || memlock !== undefined);
    });
    return isLimited && told.some(line => LIMIT_REACHED.test(line));
  }

  /** Looks which modules have come or gone. @returns whether the host still maps some that has gone */
  #followModules(): boolean {
    const before = this.#modules;
    const now = this.machine.memoryDevices.dimms.map(pagesOfModule);
    if (before.length === 0 && now.length === 0) return false;
    const gone = before.filter(range => !includes(now, range));
    const come = now.filter(range => !includes(before, range));
    this.#modules = now;
    for (const range of [...gone, ...come]) this.#guest?.memoryChanged(range);
    return gone.some(range => this.#isMapped(range));
  }

  #isMapped({ first, end }: PageRange): boolean {
    return this.machine.vfio.containers.some(({ iommu }) =>
      [...iommu.mappingsFrom(0n)].some(({ vaddr }) => vaddr >= first * 0x1000 && vaddr < end * 0x1000),
    );
  }
}

/** What has gone wrong with the host during a command. */
export interface HostFailures {
  /** What was said on stderr. */
  readonly told: readonly string[];
  /** An operation on its tables has failed. */
  readonly failed: boolean;
  /** Memory could not be taken back from it. */
  readonly stillRegistered: boolean;
  /** A window could not be removed. */
  readonly windowsLeft: boolean;
}

/** Locked memory, or the number of mappings: ENOMEM, ENOSPC. */
const LIMIT_REACHED = /^vfio_dma_map\(.* = -(12|28) \(|further mappings failed$/;

function keyOf({ container, iova }: Mismatch): string {
  return `${container} ${iova}`;
}

function includes(ranges: readonly PageRange[], { first, end }: PageRange): boolean {
  return ranges.some(range => range.first === first && range.end === end);
}
