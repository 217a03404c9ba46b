import { QmpError } from '../base/errors.ts';
import type { EventSink } from '../base/events.ts';

/** What `query-status` shows; of QEMU's states those that this simulator reaches. */
export type RunStateName = 'prelaunch' | 'running' | 'paused' | 'shutdown' | 'guest-panicked';

/** Whether the guest runs, and why not. */
export class RunState {
  #name: RunStateName = 'prelaunch';
  readonly #resumed: (() => void)[] = [];
  readonly #stopped: (() => void)[] = [];

  constructor(private readonly events: EventSink) {}

  get name(): RunStateName {
    return this.#name;
  }

  get running(): boolean {
    return this.#name === 'running';
  }

  /** Calls `callback` whenever the guest starts or goes on. */
  onResume(callback: () => void): void {
    this.#resumed.push(callback);
  }

  /** Calls `callback` whenever the guest stops running. */
  onStop(callback: () => void): void {
    this.#stopped.push(callback);
  }

  /** The state a machine starts in when it is not paused. */
  start(): void {
    this.#name = 'running';
    this.events.emit('RESUME');
    notify(this.#resumed);
  }

  stop(reason: 'paused' | 'guest-panicked' = 'paused'): void {
    if (!this.running) return;
    this.#name = reason;
    notify(this.#stopped);
    this.events.emit('STOP');
  }

  /** @throws QmpError after a shutdown that was held back: only a reset leads out of it */
  cont(): void {
    if (this.running) return;
    if (this.#name === 'shutdown') throw new QmpError('Resetting the Virtual Machine is required');
    this.#name = 'running';
    this.events.emit('RESUME');
    notify(this.#resumed);
  }

  /** A reset makes a machine that does not run as good as new. */
  reset(): void {
    if (!this.running) this.#name = 'prelaunch';
  }

  /** The guest is off, but the process stays (`-no-shutdown`). */
  holdAfterShutdown(): void {
    if (this.running) {
      notify(this.#stopped);
      this.events.emit('STOP');
    }
    this.#name = 'shutdown';
  }
}

function notify(callbacks: readonly (() => void)[]): void {
  for (const callback of callbacks) callback();
}
