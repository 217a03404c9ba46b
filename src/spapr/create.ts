import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { NONE } from '../machine/none.ts';
import { machineTypeRegistry } from '../machine/type-registry.ts';
import type { TypeInfo } from '../qom/type.ts';
import { DR_CONNECTOR_TYPES } from './dr-connector.ts';
import { EmptySpaprMachine } from './empty-machine.ts';
import { SpaprMachine } from './machine.ts';
import { SPAPR_MACHINE_TYPES } from './machine-types.ts';
import { PLATFORM_DEVICE_TYPES } from './platform-devices.ts';
import { POWER_TYPES } from './power-types.ts';
import { TCE_TABLE_TYPES } from './tce-table.ts';
import { SPAPR_VERSIONS } from './versions.ts';
import { VIO_BASE_TYPES } from './vio-bus.ts';
import { XIVE_TYPES } from './xive.ts';

const OWN_TYPES: readonly TypeInfo[] = [
  ...POWER_TYPES,
  ...TCE_TABLE_TYPES,
  ...DR_CONNECTOR_TYPES,
  ...XIVE_TYPES,
  ...PLATFORM_DEVICE_TYPES,
  ...VIO_BASE_TYPES,
  ...SPAPR_MACHINE_TYPES,
];

/** A pseries machine with everything that is always there; devices of the user come next, then `start`. */
export function createSpaprMachine(config: MachineConfig, environment: MachineEnvironment): SpaprMachine {
  const version = SPAPR_VERSIONS.find(({ name }) => config.type === `pseries-${name}`);
  const types = machineTypeRegistry(OWN_TYPES, config, environment, version?.globals);
  const make = config.type === NONE.info.name ? EmptySpaprMachine : SpaprMachine;
  return new make(types.require(`${config.type}-machine`), config, environment);
}
