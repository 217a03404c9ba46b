import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { EMULATED_DEVICE_TYPES } from '../machine/device-types.ts';
import { MACHINE_TYPE } from '../machine/types.ts';
import { MEMORY_TYPES } from '../memory/region.ts';
import { OBJECT_TYPES } from '../objects/types.ts';
import { QDEV_TYPES } from '../qdev/types.ts';
import { BASE_TYPES } from '../qom/base-types.ts';
import { TypeRegistry } from '../qom/type.ts';
import { DR_CONNECTOR_TYPES } from './dr-connector.ts';
import { SpaprMachine } from './machine.ts';
import { SPAPR_MACHINE_TYPES } from './machine-types.ts';
import { PLATFORM_DEVICE_TYPES } from './platform-devices.ts';
import { TCE_TABLE_TYPES } from './tce-table.ts';
import { XIVE_TYPES } from './xive.ts';

/** A pseries machine with everything that is always there; devices of the user come next, then `start`. */
export function createSpaprMachine(config: MachineConfig, environment: MachineEnvironment): SpaprMachine {
  const types = new TypeRegistry();
  types.register([
    ...BASE_TYPES,
    ...QDEV_TYPES,
    ...MEMORY_TYPES,
    ...OBJECT_TYPES,
    ...EMULATED_DEVICE_TYPES,
    ...TCE_TABLE_TYPES,
    ...DR_CONNECTOR_TYPES,
    ...XIVE_TYPES,
    ...PLATFORM_DEVICE_TYPES,
    MACHINE_TYPE,
    ...SPAPR_MACHINE_TYPES,
  ]);
  return new SpaprMachine(types.require(`${config.type}-machine`), config, environment);
}
