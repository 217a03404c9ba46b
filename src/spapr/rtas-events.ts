import { RTAS_SUCCESS } from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';
import type { RtasCalls } from './rtas-call.ts';

const NO_ERRORS_FOUND = 1;
/** Which kinds of events a guest asks for: those of power and environment, and with them of hotplug. */
const POWER_AND_ENVIRONMENT = 0x40000000;

/** What happened since the guest asked last (PAPR 2.7, 7.3.3 and 7.3.4). */
export const EVENT_CALLS: RtasCalls = {
  // Nothing that happens here comes without an interrupt.
  'event-scan': { arguments: 4, returns: [1], handle: () => [NO_ERRORS_FOUND] },
  'check-exception': { arguments: [6, 7], returns: [1], handle: checkException },
};

/** QEMU writes the whole log however long the guest's buffer is said to be. */
function checkException(
  machine: SpaprMachine,
  [, , mask = 0, , address = 0]: readonly number[],
): readonly number[] {
  const log = (mask & POWER_AND_ENVIRONMENT) === 0 ? undefined : machine.eventLog.take();
  if (log === undefined) return [NO_ERRORS_FOUND];
  machine.memorySpace.write(BigInt(address), log);
  return [RTAS_SUCCESS];
}
