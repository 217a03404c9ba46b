import { describe } from './device-tree/describe.ts';
import type { WalkStep } from './device-tree/node.ts';
import {
  CONFIGURE_NEXT_CHILD,
  CONFIGURE_NEXT_PROPERTY,
  CONFIGURE_PREVIOUS_PARENT,
  type DrConnector,
  RTAS_NO_SUCH_INDICATOR,
  RTAS_PARAMETER_ERROR,
  RTAS_SUCCESS,
} from './dr-connector.ts';
import { readWords, writeWords } from './guest-words.ts';
import type { SpaprMachine } from './machine.ts';
import type { RtasCalls } from './rtas-call.ts';

/** Indicators and sensors of connectors (PAPR 2.7, 13.5.3.2 and 13.5.3.3). */
const INDICATOR_ISOLATION = 9001;
const INDICATOR_LIGHT = 9002;
const INDICATOR_ALLOCATION = 9003;
const SENSOR_ENTITY = 9003;

/** In a work area: where what it tells begins, and where names and values lie, bytes. */
const WORK_AREA_WORDS = 8;
const WORK_AREA_NAME = 20;

const CONFIGURE_STATUS: Readonly<Record<WalkStep['kind'], number>> = {
  child: CONFIGURE_NEXT_CHILD,
  property: CONFIGURE_NEXT_PROPERTY,
  parent: CONFIGURE_PREVIOUS_PARENT,
};

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
    handle: (machine, [sensor = 0, index = 0]) => {
      if (sensor !== SENSOR_ENTITY) {
        machine.trace.point('spapr_rtas_get_sensor_state_not_supported', index, sensor);
        return [RTAS_NO_SUCH_INDICATOR, 0];
      }
      const connector = machine.drConnector(index);
      if (connector !== undefined) return [RTAS_SUCCESS, connector.entitySense];
      machine.trace.point('spapr_rtas_get_sensor_state_invalid', index);
      return [RTAS_NO_SUCH_INDICATOR, 0];
    },
  },
  // A caller without memory passes the connector's index in place of a work area's address, and learns the status only.
  'ibm,configure-connector': {
    arguments: 2,
    returns: [1],
    handle: (machine, [index = 0]) => [statusOf(configure(machine, index))],
    handleInMemory: (machine, [address = 0]) => {
      const workArea = BigInt(address);
      const [index = 0] = readWords(machine, workArea, 1);
      const step = configure(machine, index);
      if (typeof step !== 'number') tell(machine, workArea, step);
      return [statusOf(step)];
    },
  },
};

function configure(machine: SpaprMachine, index: number): WalkStep | number {
  const connector = machine.drConnector(index);
  if (connector !== undefined) return connector.configure(() => describe(machine, connector));
  machine.trace.point('spapr_rtas_ibm_configure_connector_invalid', index);
  return RTAS_PARAMETER_ERROR;
}

function statusOf(step: WalkStep | number): number {
  return typeof step === 'number' ? step : CONFIGURE_STATUS[step.kind];
}

/** Leaves in the work area what comes next (PAPR 2.7, 13.5.3.5): offsets of the name and value, and these. */
function tell(machine: SpaprMachine, workArea: bigint, step: WalkStep): void {
  if (step.kind === 'parent') return;
  const name = Buffer.from(`${step.name}\0`);
  const value = step.kind === 'property' ? step.value() : undefined;
  const words = value === undefined ? [] : [value.length, WORK_AREA_NAME + name.length];
  writeWords(machine, workArea + BigInt(WORK_AREA_WORDS), [WORK_AREA_NAME, ...words]);
  machine.memorySpace.write(
    workArea + BigInt(WORK_AREA_NAME),
    value === undefined ? name : Buffer.concat([name, value]),
  );
}

function setIndicator(
  machine: SpaprMachine,
  indicator: number | undefined,
  index: number,
  value = 0,
): number {
  const connector = machine.drConnector(index);
  if (connector === undefined) return RTAS_PARAMETER_ERROR;
  switch (indicator) {
    case INDICATOR_ISOLATION:
      machine.trace.point('spapr_drc_set_isolation_state', connector.index, value);
      return value === ISOLATE
        ? connector.isolate()
        : value === UNISOLATE
          ? connector.unisolate()
          : RTAS_PARAMETER_ERROR;
    case INDICATOR_LIGHT:
      machine.trace.point('spapr_drc_set_dr_indicator', connector.index, value);
      return RTAS_SUCCESS;
    case INDICATOR_ALLOCATION:
      machine.trace.point('spapr_drc_set_allocation_state', connector.index, value);
      return allocate(connector, value);
    default:
      return RTAS_NO_SUCH_INDICATOR;
  }
}

function allocate(connector: DrConnector, value: number | undefined): number {
  if (value === ALLOCATION_USABLE) return connector.setAllocation(true);
  return value === ALLOCATION_UNUSABLE ? connector.setAllocation(false) : RTAS_PARAMETER_ERROR;
}
