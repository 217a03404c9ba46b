import type { TRACE_EVENTS } from './trace-events.ts';

type TraceEvents = typeof TRACE_EVENTS;
export type TraceEventName = keyof TraceEvents;
/** The values of an event, in QEMU's order. */
export type TraceValues<Name extends TraceEventName> = Parameters<TraceEvents[Name]>;
export type TraceListener<Name extends TraceEventName> = (...values: TraceValues<Name>) => void;
/** The text of an event in the log. */
type Format = (...values: never) => string;

/**
 * Trace points, under the names of QEMU's events and with their values. One that nobody listens to costs a look at a
 * flag, if its caller looks at `active` before it makes values that are costly.
 */
export class Tracer {
  readonly #listeners = new Map<TraceEventName, TraceListener<never>[]>();
  readonly #logged = new Map<TraceEventName, Format>();
  /** Whether somebody listens at all. */
  active = false;

  /** @param log takes a line for each event that is logged */
  constructor(private readonly log: (line: string) => void = () => {}) {}

  /** Whether somebody listens to an event. */
  has(name: TraceEventName): boolean {
    return this.active && (this.#logged.has(name) || this.#listeners.has(name));
  }

  /** Listens to an event. Returns what stops it. */
  on<Name extends TraceEventName>(name: Name, listener: TraceListener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? [];
    listeners.push(listener);
    this.#listeners.set(name, listeners);
    this.#update();
    return () => {
      const index = listeners.indexOf(listener);
      if (index >= 0) listeners.splice(index, 1);
      if (listeners.length === 0) this.#listeners.delete(name);
      this.#update();
    };
  }

  isLogged(name: TraceEventName): boolean {
    return this.#logged.has(name);
  }

  /** Writes an event into the log from now on, with what `format` makes of its values; without it, no more. */
  setLogged(name: TraceEventName, format: Format | undefined): void {
    if (format === undefined) this.#logged.delete(name);
    else this.#logged.set(name, format);
    this.#update();
  }

  point<Name extends TraceEventName>(name: Name, ...values: TraceValues<Name>): void {
    if (!this.active) return;
    // Both maps hold under a name what takes the values of that event.
    const format = this.#logged.get(name) as ((...values: TraceValues<Name>) => string) | undefined;
    if (format !== undefined) this.log(`${name} ${format(...values)}`);
    const listeners = this.#listeners.get(name) as readonly TraceListener<Name>[] | undefined;
    for (const listener of listeners ?? []) listener(...values);
  }

  #update(): void {
    this.active = this.#listeners.size > 0 || this.#logged.size > 0;
  }
}
