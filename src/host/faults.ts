import { type Errno, HostError } from '../base/errors.ts';
import { HOST_OPERATIONS, type HostOperation, isHostOperation } from './operations.ts';

export interface FaultOptions {
  /** One of `HOST_OPERATIONS`. */
  readonly op: string;
  /** What the calls fail with; those of a fault without it succeed, and only take their time. */
  readonly errno?: Errno;
  /** How long the calls take. */
  readonly delay?: FaultDelay;
  /** How many calls succeed first; 0 by default. */
  readonly after?: number;
  /** How many calls fail then; 1 by default, so that a forgotten fault does no harm for ever. */
  readonly times?: number;
  /** Only calls that concern this IOMMU group count and fail; any call by default. */
  readonly group?: number;
}

export interface FaultDelay {
  readonly ns: bigint;
  /** Lets that time pass, before the call does anything. */
  readonly spend: () => void;
}

export interface FaultState {
  readonly id: number;
  readonly op: HostOperation;
  readonly errno: Errno | undefined;
  readonly delay: FaultDelay | undefined;
  readonly after: number;
  readonly times: number;
  readonly group: number | undefined;
  /** Calls that matched, failed ones included, from when the fault was added until its last hit. */
  readonly calls: number;
  /** Calls that failed, or took longer, because of it. */
  readonly hits: number;
}

type Fault = { -readonly [Member in 'calls' | 'hits']: FaultState[Member] } & Omit<
  FaultState,
  'calls' | 'hits'
>;

/** Makes chosen calls of the host model fail, or take long. A failing call has done nothing. */
export class FaultInjector {
  readonly #faults = new Map<number, Fault>();
  /** Those that have not failed `times` calls yet, by operation; an operation without any has no entry. */
  readonly #byOperation = new Map<HostOperation, Fault[]>();
  #nextId = 1;

  /**
   * @returns the fault's id
   * @throws RangeError if the operation is unknown, or a count is not an integer (`after` from 0, `times` from 1)
   */
  add(options: FaultOptions): number {
    const { op, errno, delay, after = 0, times = 1, group } = options;
    if (!isHostOperation(op)) {
      throw new RangeError(`unknown host operation '${op}', known ones are: ${HOST_OPERATIONS.join(', ')}`);
    }
    if (!Number.isSafeInteger(after) || after < 0) throw new RangeError("'after' must not be negative");
    if (!Number.isSafeInteger(times) || times < 1) throw new RangeError("'times' must be at least 1");
    const fault: Fault = { id: this.#nextId++, op, errno, delay, after, times, group, calls: 0, hits: 0 };
    this.#faults.set(fault.id, fault);
    this.#byOperation.set(op, [...(this.#byOperation.get(op) ?? []), fault]);
    return fault.id;
  }

  /** @returns false if there is no such fault */
  remove(id: number): boolean {
    const fault = this.#faults.get(id);
    if (fault === undefined) return false;
    this.#faults.delete(id);
    this.#disarm(fault);
    return true;
  }

  /** All faults, oldest first, also those that have failed as often as they should. */
  list(): FaultState[] {
    return [...this.#faults.values()].map(fault => ({ ...fault }));
  }

  /** Whether calls of this operation must be shown to `check` one by one. */
  isArmed(op: HostOperation): boolean {
    return this.#byOperation.size !== 0 && this.#byOperation.has(op);
  }

  /**
   * Called by each operation before it does anything. Every fault of the operation counts the call; the
   * oldest that is due makes it fail.
   * @param groups the IOMMU groups the call concerns
   */
  check(op: HostOperation, groups: readonly number[] = []): void {
    if (!this.isArmed(op)) return;
    let due: Fault | undefined;
    for (const fault of this.#byOperation.get(op) ?? []) {
      if (fault.group !== undefined && !groups.includes(fault.group)) continue;
      fault.calls++;
      if (due === undefined && fault.calls > fault.after) due = fault;
    }
    if (due === undefined) return;
    due.hits++;
    if (due.hits === due.times) this.#disarm(due);
    due.delay?.spend();
    if (due.errno !== undefined) throw new HostError(due.errno, op);
  }

  #disarm(fault: Fault): void {
    const others = (this.#byOperation.get(fault.op) ?? []).filter(other => other !== fault);
    if (others.length === 0) this.#byOperation.delete(fault.op);
    else this.#byOperation.set(fault.op, others);
  }
}
