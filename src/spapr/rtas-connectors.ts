import {
  type DrConnector,
  RTAS_NO_SUCH_INDICATOR,
  RTAS_PARAMETER_ERROR,
  RTAS_SUCCESS,
} from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';
import type { RtasCalls } from './rtas-call.ts';

/** Indicators and sensors of connectors (PAPR 2.7, 13.5.3.2 and 13.5.3.3). */
const INDICATOR_ISOLATION = 9001;
const INDICATOR_LIGHT = 9002;
const INDICATOR_ALLOCATION = 9003;
const SENSOR_ENTITY = 9003;

const ISOLATE = 0;
const UNISOLATE = 1;
const ALLOCATION_UNUSABLE = 0;
const ALLOCATION_USABLE = 1;

/** How guest and machine agree on hot-plugged things (PAPR 2.7, 13.5.3). */
export const CONNECTOR_CALLS: RtasCalls = {
  'set-indicator': {
    arguments: 3,
    returns: [1],
    handle: (machine, [indicator, index = 0, value]) => [setIndicator(machine, indicator, index, value)],
  },
  'get-sensor-state': {
    arguments: 2,
    returns: [2],
    handle: (machine, [sensor, index = 0]) => {
      const connector = machine.drConnector(index);
      if (sensor !== SENSOR_ENTITY || connector === undefined) return [RTAS_NO_SUCH_INDICATOR, 0];
      return [RTAS_SUCCESS, connector.entitySense];
    },
  },
  // The work area's first word is the connector's index; here the index itself is passed.
  'ibm,configure-connector': {
    arguments: 2,
    returns: [1],
    handle: (machine, [index = 0]) => [machine.drConnector(index)?.configure() ?? RTAS_PARAMETER_ERROR],
  },
};

function setIndicator(
  machine: SpaprMachine,
  indicator: number | undefined,
  index: number,
  value: number | undefined,
): number {
  const connector = machine.drConnector(index);
  if (connector === undefined) return RTAS_PARAMETER_ERROR;
  switch (indicator) {
    case INDICATOR_ISOLATION:
      return value === ISOLATE
        ? connector.isolate()
        : value === UNISOLATE
          ? connector.unisolate()
          : RTAS_PARAMETER_ERROR;
    case INDICATOR_LIGHT:
      return RTAS_SUCCESS;
    case INDICATOR_ALLOCATION:
      return allocate(connector, value);
    default:
      return RTAS_NO_SUCH_INDICATOR;
  }
}

function allocate(connector: DrConnector, value: number | undefined): number {
  if (value === ALLOCATION_USABLE) return connector.setAllocation(true);
  return value === ALLOCATION_UNUSABLE ? connector.setAllocation(false) : RTAS_PARAMETER_ERROR;
}
