import { QmpError } from '../base/errors.ts';
import type { TraceEventName } from '../base/trace.ts';
import { findTraceEvents, isTracePattern, setTraceEvents } from '../base/trace-control.ts';
import type { Machine } from '../machine/machine.ts';
import type { CommandHandlers } from './context.ts';

export const traceCommands: CommandHandlers<'trace-event-get-state' | 'trace-event-set-state'> = {
  'trace-event-get-state': ({ machine }, { name, vcpu }) =>
    eventsMeant(machine, name, vcpu).map(event => ({
      name: event,
      state: machine.trace.isLogged(event) ? 'enabled' : 'disabled',
      vcpu: false,
    })),
  'trace-event-set-state': ({ machine }, { name, enable, vcpu }) => {
    setTraceEvents(machine.trace, eventsMeant(machine, name, vcpu), enable);
  },
};

/** The last first, as QEMU has them. @throws QmpError */
function eventsMeant(
  machine: Machine,
  name: string,
  vcpu: bigint | number | undefined,
): readonly TraceEventName[] {
  if (vcpu !== undefined && !machine.processors.info.some(cpu => cpu['cpu-index'] === Number(vcpu)))
    throw new QmpError(`invalid vCPU index ${BigInt.asUintN(32, BigInt(vcpu))}`);
  const events = findTraceEvents(machine.target, name);
  if (isTracePattern(name)) return vcpu === undefined ? events.toReversed() : [];
  if (events.length === 0) throw new QmpError(`unknown event "${name}"`);
  if (vcpu !== undefined) throw new QmpError(`event "${name}" is not vCPU-specific`);
  return events;
}
