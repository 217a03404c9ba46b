import { QmpError } from '../../base/errors.ts';
import { findTraceEvents } from '../../base/trace-control.ts';
import { command, type HmpEnvironment, type HmpSession } from '../command.ts';
import { int32, onOff, optional, word } from '../parameters.ts';

function names({ machine }: HmpEnvironment, argument: number): Iterable<string> {
  return argument === 0 ? findTraceEvents(machine.target, '*') : [];
}

/** What is wrong with the name of an event is said without `Error: `. */
async function saying(session: HmpSession, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    session.print(`${error.desc}\n`);
  }
}

/** A processor that is not named is any. */
function processor(vcpu: number | undefined) {
  if (vcpu !== undefined && vcpu < 0) throw new QmpError('argument vcpu must be positive');
  return vcpu === undefined ? {} : { vcpu };
}

export const traceEventCommand = command({
  name: 'trace-event',
  usage: 'name on|off [vcpu]',
  help: 'changes status of a specific trace event (vcpu: vCPU to set, default is all)',
  parameters: { name: word, option: onOff, vcpu: optional(int32) },
  complete: (environment, argument) => (argument === 1 ? ['on', 'off'] : names(environment, argument)),
  run: async (session, { name, option: enable, vcpu }) =>
    await saying(session, async () => {
      const place = processor(vcpu);
      await session.execute('trace-event-set-state', {
        name,
        enable,
        'ignore-unavailable': true,
        ...place,
      });
    }),
});

export const infoTraceEvents = command({
  name: 'trace-events',
  usage: '[name] [vcpu]',
  help: 'show available trace-events & their state (name: event name pattern; vcpu: vCPU to query, default is any)',
  parameters: { name: optional(word), vcpu: optional(int32) },
  complete: names,
  run: async (session, { name = '*', vcpu }) =>
    await saying(session, async () => {
      const events = await session.execute('trace-event-get-state', { name, ...processor(vcpu) });
      for (const event of events)
        session.print(`${event.name} : state ${event.state === 'enabled' ? 1 : 0}\n`);
    }),
});
