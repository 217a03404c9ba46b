import type { Events } from '../generated/events.ts';
import type { Clock } from './clock.ts';

export type EventName = keyof Events;
export type EventData = Events[EventName];

/** Where a machine announces what happens; names and data are those of the schema. */
export interface EventSink {
  emit<Name extends EventName>(name: Name, data?: Events[Name]): void;
}

/** @param timestamp microseconds since the Unix epoch */
export type EventListener = (name: EventName, data: EventData | undefined, timestamp: number) => void;

/** Passes a machine's events on to everybody who listens, in order. */
export class EventHub implements EventSink {
  readonly #listeners = new Set<EventListener>();

  constructor(private readonly clock: Clock) {}

  /** Returns what ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit<Name extends EventName>(name: Name, data?: Events[Name]): void {
    const timestamp = this.clock.wallMicroseconds();
    for (const listener of [...this.#listeners]) listener(name, data, timestamp);
  }
}
