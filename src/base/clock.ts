/** Time, as every part of the simulator sees it. Nothing else calls `Date.now` or `setTimeout`. */
export interface Clock {
  /** Nanoseconds since the clock started; never goes back. */
  now(): bigint;
  /** Microseconds since the Unix epoch, for event time stamps. */
  wallMicroseconds(): number;
  /** Calls `callback` once, `delayNs` from now or as soon after that as possible, never before returning. */
  after(delayNs: bigint, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The computer's own time. */
export class RealClock implements Clock {
  readonly #start = process.hrtime.bigint();

  now(): bigint {
    return process.hrtime.bigint() - this.#start;
  }

  wallMicroseconds(): number {
    return Math.round((performance.timeOrigin + performance.now()) * 1000);
  }

  after(delayNs: bigint, callback: () => void): Timer {
    if (delayNs <= 0n) {
      const immediate = setImmediate(callback);
      return { cancel: () => clearImmediate(immediate) };
    }
    const timeout = setTimeout(callback, Number(delayNs / 1_000_000n));
    return { cancel: () => clearTimeout(timeout) };
  }
}

interface Pending {
  readonly due: bigint;
  readonly callback: () => void;
}

/**
 * Time that stands still until stepped, for tests that must not depend on speed. Callbacks with a delay
 * of zero also wait for a step (of zero), so that their order is the caller's to choose.
 */
export class VirtualClock implements Clock {
  #now = 0n;
  readonly #pending: Pending[] = [];

  constructor(private readonly epochMicroseconds = 0) {}

  now(): bigint {
    return this.#now;
  }

  wallMicroseconds(): number {
    return this.epochMicroseconds + Number(this.#now / 1000n);
  }

  after(delayNs: bigint, callback: () => void): Timer {
    const entry: Pending = { due: this.#now + (delayNs < 0n ? 0n : delayNs), callback };
    // Kept sorted; equal times stay in the order of their arrival.
    const later = this.#pending.findIndex(other => other.due > entry.due);
    this.#pending.splice(later < 0 ? this.#pending.length : later, 0, entry);
    return {
      cancel: () => {
        const index = this.#pending.indexOf(entry);
        if (index >= 0) this.#pending.splice(index, 1);
      },
    };
  }

  /** When the next callback is due. */
  get nextDue(): bigint | undefined {
    return this.#pending[0]?.due;
  }

  /** Time passes while nothing else can happen: what falls due meanwhile comes late, with the next step. */
  spend(ns: bigint): void {
    this.#now += ns;
  }

  /** Moves time forward by `ns`, running what falls due on the way, also what that starts. Returns the new time. */
  step(ns: bigint): bigint {
    const end = this.#now + ns;
    for (let next = this.#pending[0]; next !== undefined && next.due <= end; next = this.#pending[0]) {
      this.#pending.shift();
      if (next.due > this.#now) this.#now = next.due;
      next.callback();
    }
    // Callbacks may have spent more time than there was to pass.
    if (end > this.#now) this.#now = end;
    return this.#now;
  }
}
