import type { Clock, Timer } from '../base/clock.ts';
import type { GuestControl } from '../guest/control.ts';
import type { AcpiPlace, GuestEvent, GuestPlatform } from '../guest/platform.ts';

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
  /**
   * In order of arrival, by what they are about: a guest that has not looked yet learns nothing from being
   * told again, so a paused guest has no more of them than there are places for devices.
   */
  readonly #pending = new Map<string, PendingEvent>();
  #alarm: { readonly timer: Timer; readonly due: bigint } | undefined;

  constructor(
    private readonly control: GuestControl,
    private readonly surroundings: GuestSurroundings,
  ) {}

  /** What the guest has not reacted to yet, in order of arrival. */
  get pending(): readonly GuestEvent[] {
    return [...this.#pending.values()].map(({ event }) => event);
  }

  /** Hands an event over; the guest reacts later, never before the current command is answered. */
  notify(event: GuestEvent): void {
    const isStart = event.kind === 'boot';
    const delayMs = isStart ? 0 : this.control.mannersFor(deviceOf(event)).delayMs;
    this.notifyAfter(event, delayMs);
  }

  /** A timer of the guest's own. */
  notifyAfter(event: GuestEvent, delayMs: number): void {
    const due = this.surroundings.clock.now() + BigInt(delayMs) * NS_PER_MS;
    const key = subjectOf(event);
    // What is told again goes to the end: it may be news after what came in between.
    this.#pending.delete(key);
    this.#pending.set(key, { event, due });
    this.#wakeAt(due);
  }

  /** The guest goes on, or stops. */
  schedule(): void {
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
    if (!this.surroundings.runs()) return;
    for (const { due } of this.#pending.values()) this.#wakeAt(due);
  }

  /** A reset: nothing that happened before concerns the guest that starts now. */
  forget(): void {
    this.#pending.clear();
    this.schedule();
  }

  #wakeAt(due: bigint): void {
    const { clock, runs } = this.surroundings;
    if (!runs() || (this.#alarm !== undefined && this.#alarm.due <= due)) return;
    this.#alarm?.timer.cancel();
    this.#alarm = { due, timer: clock.after(due - clock.now(), () => this.#react()) };
  }

  #react(): void {
    const { clock, runs, guarded, platform } = this.surroundings;
    this.#alarm = undefined;
    // What happens meanwhile is appended, and met on the way.
    for (const [key, { event, due }] of this.#pending) {
      if (!runs()) break;
      if (due > clock.now()) continue;
      this.#pending.delete(key);
      guarded(() => this.#handle(event, platform()));
    }
    this.schedule();
  }

  #handle(event: GuestEvent, platform: GuestPlatform): void {
    if (event.kind === 'boot') this.surroundings.runFirmware();
    const { unplug } = this.control.mannersFor(deviceOf(event));
    this.control.model.handle(event, platform, unplug, this.control.iommu);
  }
}

function deviceOf(event: GuestEvent): string | undefined {
  return 'device' in event ? event.device : undefined;
}

/** Events with the same subject tell the guest the same. */
function subjectOf(event: GuestEvent): string {
  switch (event.kind) {
    case 'hotplug':
      return `${event.action} ${event.drcIndex}`;
    case 'sci':
      return event.place === undefined ? event.kind : `${event.kind} ${placeName(event.place)}`;
    case 'slot':
    case 'slot-button':
      return `${event.kind} ${placeName(event.port)}`;
    default:
      return event.kind;
  }
}

function placeName(place: AcpiPlace): string {
  if ('bus' in place) return `${place.bus}:${place.devfn}`;
  return 'processor' in place ? `processor ${place.processor}` : `memory ${place.memorySlot}`;
}
