import { HostError } from '../base/errors.ts';
import type { EehOperation } from '../host/eeh.ts';
import type { PciDevice } from '../pci/device.ts';
import type { VfioEeh } from '../vfio/eeh.ts';
import { VfioPciDevice } from '../vfio/pci-device.ts';
import { RTAS_HARDWARE_ERROR, RTAS_PARAMETER_ERROR, RTAS_SUCCESS } from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';
import type { SpaprPhb } from './phb.ts';
import type { RtasCalls } from './rtas-call.ts';

const ENABLE = 1;
const GET_PE_ADDRESS = 0;
const GET_PE_MODE = 1;
/** Several functions share the endpoint. */
const PE_MODE_SHARED = 2;
const EEH_SUPPORTED = 1;
/** Milliseconds to wait while the state is unavailable. */
const UNAVAILABLE_INFO = 1000;
const NO_RECOVERY_INFO = 0;
const LOG_TEMPORARY = 1;
const LOG_PERMANENT = 2;
const NO_ERRORS_FOUND = 1;
const PARAMETER_ERROR: readonly number[] = [RTAS_PARAMETER_ERROR];

const SET_OPTION: Readonly<Record<number, EehOperation>> = {
  0: 'disable',
  [ENABLE]: 'enable',
  2: 'unfreeze-io',
  3: 'unfreeze-dma',
};
const SLOT_RESET: Readonly<Record<number, EehOperation>> = {
  0: 'reset-deactivate',
  1: 'reset-hot',
  3: 'reset-fundamental',
};

/**
 * Enhanced error handling (PAPR 2.7, 7.3.11). Where a bridge does not have it, every call is a parameter error.
 */
export const EEH_CALLS: RtasCalls = {
  'ibm,set-eeh-option': {
    arguments: 4,
    returns: [1],
    handle: (machine, [address, high, low, option = -1]) => {
      const phb = bridge(machine, high, low);
      const eeh = phb?.eeh;
      const operation = SET_OPTION[option];
      if (eeh === undefined || operation === undefined) return PARAMETER_ERROR;
      if (option === ENABLE && !(deviceAt(phb, address) instanceof VfioPciDevice)) return PARAMETER_ERROR;
      return attempt(() => eeh.apply(operation));
    },
  },
  'ibm,get-config-addr-info2': {
    arguments: 4,
    returns: [2],
    handle: (machine, [address, high, low, option]) => {
      const phb = bridge(machine, high, low);
      if (phb?.eeh === undefined) return PARAMETER_ERROR;
      if (option === GET_PE_MODE) return [RTAS_SUCCESS, PE_MODE_SHARED];
      const device = deviceAt(phb, address);
      if (option !== GET_PE_ADDRESS || device === undefined) return PARAMETER_ERROR;
      return [RTAS_SUCCESS, (device.bus.number << 16) + 1];
    },
  },
  'ibm,read-slot-reset-state2': {
    arguments: 3,
    returns: [4, 5],
    handle: (machine, [, high, low]) => {
      const eeh = availableAt(machine, high, low);
      if (eeh === undefined) return PARAMETER_ERROR;
      let state = 0;
      const [status = RTAS_HARDWARE_ERROR] = attempt(() => {
        state = eeh.state();
      });
      return status === RTAS_SUCCESS
        ? [status, state, EEH_SUPPORTED, UNAVAILABLE_INFO, NO_RECOVERY_INFO]
        : [status];
    },
  },
  'ibm,set-slot-reset': {
    arguments: 4,
    returns: [1],
    handle: (machine, [, high, low, option = -1]) => {
      const eeh = availableAt(machine, high, low);
      const operation = SLOT_RESET[option];
      if (eeh === undefined || operation === undefined) return PARAMETER_ERROR;
      return attempt(() => eeh.apply(operation));
    },
  },
  'ibm,configure-pe': {
    arguments: 3,
    returns: [1],
    handle: (machine, [, high, low]) => {
      const eeh = availableAt(machine, high, low);
      return eeh === undefined ? PARAMETER_ERROR : attempt(() => eeh.apply('configure'));
    },
  },
  'ibm,slot-error-detail': {
    arguments: 8,
    returns: [1],
    handle: (machine, [, high, low, , , , , option]) => {
      const known = option === LOG_TEMPORARY || option === LOG_PERMANENT;
      return known && availableAt(machine, high, low) !== undefined ? [NO_ERRORS_FOUND] : PARAMETER_ERROR;
    },
  },
};

function availableAt(
  machine: SpaprMachine,
  high: number | undefined,
  low: number | undefined,
): VfioEeh | undefined {
  return bridge(machine, high, low)?.eeh;
}

function bridge(machine: SpaprMachine, high = 0, low = 0): SpaprPhb | undefined {
  return machine.phbByBuid((BigInt(high) << 32n) | BigInt(low));
}

/** @param address bus number in bits 16–23, devfn in bits 8–15 */
function deviceAt(phb: SpaprPhb | undefined, address = 0): PciDevice | undefined {
  return phb?.functionAt((address >>> 16) & 0xff, (address >>> 8) & 0xff);
}

/** A host that fails is a hardware error to the guest. */
function attempt(step: () => void): readonly number[] {
  try {
    step();
    return [RTAS_SUCCESS];
  } catch (error) {
    if (error instanceof HostError) return [RTAS_HARDWARE_ERROR];
    throw error;
  }
}
