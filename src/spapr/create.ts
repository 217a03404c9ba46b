import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { MACHINE_BASE_TYPES } from '../machine/types.ts';
import { MEMORY_TYPES } from '../memory/region.ts';
import { PCI_TYPES } from '../pci/types.ts';
import { QDEV_TYPES } from '../qdev/types.ts';
import { BASE_TYPES } from '../qom/base-types.ts';
import { TypeRegistry } from '../qom/type.ts';
import { DR_CONNECTOR_TYPES } from './dr-connector.ts';
import { SpaprMachine } from './machine.ts';
import { PLATFORM_DEVICE_TYPES } from './platform-devices.ts';
import { TCE_TABLE_TYPES } from './tce-table.ts';

const NEWEST = 'pseries-7.2-machine';

/** A pseries machine with everything that is always there; devices of the user come next, then `start`. */
export function createSpaprMachine(config: MachineConfig, environment: MachineEnvironment): SpaprMachine {
  const types = new TypeRegistry();
  types.register([
    ...BASE_TYPES,
    ...QDEV_TYPES,
    ...MEMORY_TYPES,
    ...MACHINE_BASE_TYPES,
    ...PCI_TYPES,
    ...TCE_TABLE_TYPES,
    ...DR_CONNECTOR_TYPES,
    ...PLATFORM_DEVICE_TYPES,
    { name: 'spapr-machine', parent: 'machine', abstract: true },
    { name: NEWEST, parent: 'spapr-machine' },
  ]);
  return new SpaprMachine(types.require(NEWEST), config, environment);
}
