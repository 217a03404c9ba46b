import { RTAS_SUCCESS } from './dr-connector.ts';
import type { RtasCalls } from './rtas-call.ts';

/** How a guest ends or restarts its machine (PAPR 2.7, 7.3.5 and 7.3.9). */
export const POWER_CALLS: RtasCalls = {
  'power-off': {
    arguments: 2,
    returns: [1],
    handle: machine => {
      machine.shutdown('guest-shutdown');
      return [RTAS_SUCCESS];
    },
  },
  'system-reboot': {
    arguments: 0,
    returns: [1],
    handle: machine => {
      machine.reset('guest-reset');
      return [RTAS_SUCCESS];
    },
  },
};
