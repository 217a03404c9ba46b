import type { Clock } from '../base/clock.ts';

const SECOND = 1_000_000_000n;

/** Events that QEMU sends at most once a second; where a member is named, once a second for each value of it. */
const LIMITED: { readonly [event: string]: { readonly key?: string } | undefined } = {
  RTC_CHANGE: {},
  BALLOON_CHANGE: {},
  QUORUM_FAILURE: {},
  QUORUM_REPORT_BAD: { key: 'node-name' },
  VSERPORT_CHANGE: { key: 'id' },
  WATCHDOG: {},
  MEMORY_DEVICE_SIZE_CHANGE: { key: 'qom-path' },
};

interface Slot {
  /** Sends the latest of the events that came too early. */
  latest: (() => void) | undefined;
}

/**
 * Holds back events that come too often: the first is sent at once; of those that follow within a second only the
 * last is sent, when the second is over.
 */
export class EventThrottle {
  readonly #slots = new Map<string, Slot>();

  constructor(private readonly clock: Clock) {}

  /** Calls `send` now, later or, if the event is superseded, never. */
  submit(name: string, data: unknown, send: () => void): void {
    const limit = LIMITED[name];
    if (limit === undefined) {
      send();
      return;
    }
    const key = limit.key === undefined ? name : `${name} ${Reflect.get(Object(data), limit.key)}`;
    const slot = this.#slots.get(key);
    if (slot !== undefined) {
      slot.latest = send;
      return;
    }
    send();
    this.#open(key);
  }

  #open(key: string): void {
    const slot: Slot = { latest: undefined };
    this.#slots.set(key, slot);
    this.clock.after(SECOND, () => {
      this.#slots.delete(key);
      if (slot.latest === undefined) return;
      slot.latest();
      this.#open(key);
    });
  }
}
