import type { TraceEventName, Tracer } from './trace.ts';
import { TRACE_EVENT_NAMES, TRACE_EVENTS } from './trace-events.ts';

export type TraceTarget = keyof typeof TRACE_EVENT_NAMES;

/** Whether a name stands for all events that fit it. */
export function isTracePattern(name: string): boolean {
  return name.includes('*');
}

/** Events by name, or, with `*` and `?` in it, by pattern; in QEMU's order. */
export function findTraceEvents(target: TraceTarget, name: string): readonly TraceEventName[] {
  const names: readonly TraceEventName[] = TRACE_EVENT_NAMES[target];
  if (!isTracePattern(name)) return names.filter(each => each === name);
  const pattern = new RegExp(
    `^${name.replaceAll(/[*?]|[^\w]/g, char => (char === '*' ? '.*' : char === '?' ? '.' : `\\${char}`))}$`,
  );
  return names.filter(each => pattern.test(each));
}

/**
 * Switches events on, or, with a `-` in front, off, as `-trace` has it.
 * @returns false if there is no event of that name
 */
export function applyTracePattern(tracer: Tracer, target: TraceTarget, text: string): boolean {
  const enable = !text.startsWith('-');
  const name = enable ? text : text.slice(1);
  const events = findTraceEvents(target, name);
  setTraceEvents(tracer, events, enable);
  return events.length > 0 || isTracePattern(name);
}

export function setTraceEvents(tracer: Tracer, events: readonly TraceEventName[], enable: boolean): void {
  for (const name of events) tracer.setLogged(name, enable ? TRACE_EVENTS[name] : undefined);
}
