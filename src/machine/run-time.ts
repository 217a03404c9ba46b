import type { Clock } from '../base/clock.ts';
import type { RunState } from './run-state.ts';

/** For how long the guest has run: time that stands still while it does. */
export class RunTime {
  #before = 0n;
  #since: bigint | undefined;

  constructor(
    private readonly clock: Clock,
    runState: RunState,
  ) {
    runState.onResume(() => {
      this.#since ??= clock.now();
    });
    runState.onStop(() => {
      this.#before = this.nanoseconds;
      this.#since = undefined;
    });
  }

  get nanoseconds(): bigint {
    return this.#before + (this.#since === undefined ? 0n : this.clock.now() - this.#since);
  }
}
