import { MEMORY_TYPES } from '../memory/region.ts';
import { OBJECT_TYPES } from '../objects/types.ts';
import { PCI_BASE_TYPES } from '../pci/base-types.ts';
import { QDEV_TYPES } from '../qdev/types.ts';
import { BASE_TYPES } from '../qom/base-types.ts';
import { type TypeGlobals, type TypeInfo, TypeRegistry } from '../qom/type.ts';
import { UserGlobals } from '../qom/user-globals.ts';
import { ACCEL_TYPES } from './accel-types.ts';
import type { MachineConfig, MachineEnvironment } from './config.ts';
import { CONSOLE_TYPE } from './consoles.ts';
import { PC_DIMM_TYPE } from './pc-dimm.ts';
import { MACHINE_TYPE } from './types.ts';

/**
 * The types that a machine knows: those that all machines have, and its own.
 * @param globals what instances begin with on this version of the machine
 */
export function machineTypeRegistry(
  own: readonly TypeInfo[],
  { globals: wishes = [] }: MachineConfig,
  { deviceTypes, report }: MachineEnvironment,
  globals: readonly TypeGlobals[] = [],
): TypeRegistry {
  const isDeferred = typeof deviceTypes === 'function';
  const userGlobals =
    wishes.length === 0 ? undefined : new UserGlobals(wishes, message => report(`warning: ${message}`));
  const types = new TypeRegistry(globals, isDeferred ? deviceTypes : undefined, userGlobals);
  types.register([
    ...BASE_TYPES,
    ...ACCEL_TYPES,
    CONSOLE_TYPE,
    ...QDEV_TYPES,
    ...MEMORY_TYPES,
    ...OBJECT_TYPES,
    ...PCI_BASE_TYPES,
    PC_DIMM_TYPE,
    MACHINE_TYPE,
    ...own,
    ...(isDeferred ? [] : deviceTypes),
  ]);
  return types;
}
