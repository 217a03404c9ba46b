import type { Clock, Timer } from '../base/clock.ts';
import type { GuestControl } from '../guest/control.ts';
import type { GuestEvent, GuestPlatform } from '../guest/platform.ts';

const NS_PER_MS = 1_000_000n;

/** What the guest needs of the machine around it. */
export interface GuestSurroundings {
  readonly clock: Clock;
  readonly platform: () => GuestPlatform;
  /** What comes before an operating system starts. */
  readonly runFirmware: () => void;
  /** Whether its instructions are executed now. */
  readonly runs: () => boolean;
  /** Does something that may turn out a hardware error. */
  readonly guarded: (step: () => void) => void;
}

interface PendingEvent {
  readonly event: GuestEvent;
  /** When the guest gets round to it, ns of the clock. */
  readonly due: bigint;
}

/** Brings events to the guest, which reacts in its own time, and only while it runs. */
export class GuestRunner {
  readonly #pending: PendingEvent[] = [];
  #timer: Timer | undefined;

  constructor(
    private readonly control: GuestControl,
    private readonly surroundings: GuestSurroundings,
  ) {}

  /** What the guest has not reacted to yet, in order of arrival. */
  get pending(): readonly GuestEvent[] {
    return this.#pending.map(({ event }) => event);
  }

  /** Hands an event over; the guest reacts later, never before the current command is answered. */
  notify(event: GuestEvent): void {
    const isStart = event.kind === 'boot';
    const delayMs = isStart ? 0 : this.control.mannersFor(deviceOf(event)).delayMs;
    this.#pending.push({ event, due: this.surroundings.clock.now() + BigInt(delayMs) * NS_PER_MS });
    this.schedule();
  }

  /** The guest goes on, or something else is due. */
  schedule(): void {
    const { clock, runs } = this.surroundings;
    this.#timer?.cancel();
    this.#timer = undefined;
    const [next] = this.#pending.toSorted((a, b) => (a.due < b.due ? -1 : 1));
    if (next === undefined || !runs()) return;
    this.#timer = clock.after(next.due - clock.now(), () => this.#react());
  }

  /** A reset: nothing that happened before concerns the guest that starts now. */
  forget(): void {
    this.#pending.length = 0;
    this.schedule();
  }

  #react(): void {
    const { clock, runs, guarded, platform } = this.surroundings;
    this.#timer = undefined;
    while (runs()) {
      const index = this.#pending.findIndex(({ due }) => due <= clock.now());
      const [next] = index < 0 ? [] : this.#pending.splice(index, 1);
      if (next === undefined) break;
      guarded(() => this.#handle(next.event, platform()));
    }
    this.schedule();
  }

  #handle(event: GuestEvent, platform: GuestPlatform): void {
    if (event.kind === 'boot') this.surroundings.runFirmware();
    const { unplug } = this.control.mannersFor(deviceOf(event));
    this.control.model.handle(event, platform, unplug);
  }
}

function deviceOf(event: GuestEvent): string | undefined {
  return event.kind === 'hotplug' ? event.device : undefined;
}
