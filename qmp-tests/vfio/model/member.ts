import assert from 'node:assert/strict';
import type { IommuType } from '../../../src/host/iommu-driver.ts';
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

const PAGE = 0x1000;

/** What a guest has mapped, as the model knows it. */
export interface GuestModelTables {
  /** The machine is reset, and all of the guest's tables are empty. */
  forgetAll(): void;
  /** Looks what tables there are. */
  follow(): void;
  /** Checks the machine's tables against these. */
  check(): void;
  /** Forgets what was put since it was last asked for that. @returns whether a page was */
  takeTouched(): (mismatch: Mismatch) => boolean;
}

/** One machine of a story, with what is known of its guest. */
export class Member {
  readonly test: TestMachine;
  /** On a pseries machine. */
  readonly tables: GuestTables | undefined;
  /** On a PC. */
  readonly domains: GuestDomains | undefined;
  /** Where guest and host differ. */
  #found: readonly Mismatch[] = [];
  #modules: readonly PageRange[] = [];
  /** Whether something has failed while the guest kept from its hardware what it wants. */
  #failedUnseen = false;
  /** Whether memory that is gone may still be locked. */
  #isMemoryPinned = false;
  /** Whether the host may have windows that it could not remove. */
  #hasWindowsLeft = false;
  readonly #iommuTypes = new Map<AddressSpace, ReadonlySet<IommuType>>();

  /** @throws QmpError if there cannot be such a machine now */
  constructor(options: MachineOptions, isTraced: boolean) {
    this.test = new TestMachine(options);
    const { machine } = this;
    if (isTraced) machine.trace.on('vfio_iommu_map_notify', () => {});
    if (machine instanceof SpaprMachine) this.tables = new GuestTables(machine);
    if (machine instanceof PcMachine) this.domains = new GuestDomains(machine);
  }

  /** Has memory ready that can be plugged. */
  async prepareModules(): Promise<void> {
    for (let number = 0; number < MODULES; number++) {
      const size = MODULE_PAGES * PAGE;
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

  /** How containers of an address space had their windows. */
  iommuTypes(space: AddressSpace): ReadonlySet<IommuType> {
    return this.#iommuTypes.get(space) ?? new Set();
  }

  /** Looks what tables the guest has after a command. */
  follow(): void {
    this.#guest?.follow();
  }

  /** Checks the machine after a command. */
  check({ told, failed, stillRegistered, windowsLeft }: HostFailures): void {
    this.#guest?.check();
    const { gone, come } = this.#followModules();
    this.#isMemoryPinned ||= stillRegistered || gone.some(range => this.#isMapped(range));
    this.#hasWindowsLeft ||= windowsLeft;
    const { containers } = this.machine.vfio;
    if (containers.length === 0) this.#isMemoryPinned = this.#hasWindowsLeft = false;
    this.#iommuTypes.clear();
    for (const { space, iommu } of containers)
      this.#iommuTypes.set(space.dmaSpace, new Set([...this.iommuTypes(space.dmaSpace), iommu.type]));
    const found = soundness(this.machine, { memory: this.#isMemoryPinned, windows: this.#hasWindowsLeft });
    this.#checkMismatches(found, [...gone, ...come], told.length > 0 && (failed || this.#isRefused(told)));
    this.#found = found;
  }

  /**
   * Guest and host differ only where something was told, until the guest puts an entry anew. Nobody tells the host of
   * an entry that was there before its memory, or that is still there after it.
   * @param changed memory that has come or gone
   * @param isExplained whether the host has refused something
   */
  #checkMismatches(found: readonly Mismatch[], changed: readonly PageRange[], isExplained: boolean): void {
    const isTouched = this.#guest?.takeTouched();
    const known = this.#found.filter(each => isTouched?.(each) !== true);
    const starts = new Set(known.map(keyOf));
    const isKnown = (each: Mismatch) => starts.has(keyOf(each)) || known.some(range => overlaps(each, range));
    const isStale = this.domains?.isStale === true;
    if (!isExplained && !this.#failedUnseen && !isStale) {
      const fresh = found.filter(each => !isKnown(each) && !changed.some(range => leadsTo(each, range)));
      assert.deepEqual(fresh, [], 'guest and host differ, without a word');
    }
    // What fails while nobody can tell comes to light later.
    this.#failedUnseen = isStale && (this.#failedUnseen || isExplained);
  }

  get mismatches(): readonly Mismatch[] {
    return this.#found;
  }

  /** Checks that a client who asks is told the same as was found. */
  async checkAudit(): Promise<void> {
    await assertAudited(this.test, this.#found);
  }

  /** Whether the host has refused to map what a guest asks for without being told to fail. */
  #isRefused(told: readonly string[]): boolean {
    const type1 = this.machine.vfio.containers.flatMap(({ iommu }) =>
      iommu instanceof Type1 ? [iommu] : [],
    );
    if (type1.length === 0) return false;
    const { memlock } = this.machine.environment.host;
    const isAtLimit = memlock !== undefined || type1.some(({ mappingsAvailable }) => mappingsAvailable === 0);
    if (isAtLimit && told.some(line => LIMIT_REACHED.test(line))) return true;
    // What could not be unmapped is in the way.
    return this.#found.length > 0 && told.some(line => IN_THE_WAY.test(line));
  }

  /** Looks which modules have come or gone. */
  #followModules() {
    const before = this.#modules;
    const now = this.machine.memoryDevices.dimms.map(pagesOfModule);
    this.#modules = now;
    return {
      gone: before.filter(range => !includes(now, range)),
      come: now.filter(range => !includes(before, range)),
    };
  }

  #isMapped({ first, end }: PageRange): boolean {
    return this.machine.vfio.containers.some(({ iommu }) =>
      [...iommu.mappingsFrom(0n)].some(
        ({ vaddr, size }) => vaddr < end * PAGE && vaddr + size > first * PAGE,
      ),
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

/** EEXIST, or EINVAL: a part of a mapping cannot be removed. */
const IN_THE_WAY = /^vfio_dma_(map\(.* = -17|unmap\(.* = -22) \(/;

function keyOf({ container, iova }: Mismatch): string {
  return `${container} ${iova}`;
}

function overlaps({ container, iova, size }: Mismatch, range: Mismatch): boolean {
  return container === range.container && iova < range.iova + range.size && range.iova < iova + size;
}

function leadsTo({ guest, host }: Mismatch, { first, end }: PageRange): boolean {
  return [guest, host].some(entry => entry !== undefined && entry >= first * PAGE && entry < end * PAGE);
}

function includes(ranges: readonly PageRange[], { first, end }: PageRange): boolean {
  return ranges.some(range => range.first === first && range.end === end);
}
