import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { EMULATED_DEVICE_TYPES } from '../machine/device-types.ts';
import { MACHINE_TYPE } from '../machine/types.ts';
import { MEMORY_TYPES } from '../memory/region.ts';
import { OBJECT_TYPES } from '../objects/types.ts';
import { QDEV_TYPES } from '../qdev/types.ts';
import { BASE_TYPES } from '../qom/base-types.ts';
import { TypeRegistry } from '../qom/type.ts';
import { I440FX, Q35 } from './chipset.ts';
import { ISA_TYPES } from './isa-types.ts';
import { PcMachine } from './machine.ts';
import { PC_I440FX, PC_MACHINE_TYPES } from './machine-types.ts';
import { PLATFORM_TYPES } from './platform-types.ts';

/** A PC with everything that is always there; devices of the user come next, then `start`. */
export function createPcMachine(config: MachineConfig, environment: MachineEnvironment): PcMachine {
  const types = new TypeRegistry();
  types.register([
    ...BASE_TYPES,
    ...QDEV_TYPES,
    ...MEMORY_TYPES,
    ...OBJECT_TYPES,
    ...EMULATED_DEVICE_TYPES,
    ...ISA_TYPES,
    ...PLATFORM_TYPES,
    MACHINE_TYPE,
    ...PC_MACHINE_TYPES,
  ]);
  const plan = config.type === PC_I440FX.info.name ? I440FX : Q35;
  return new PcMachine(types.require(`${config.type}-machine`), config, environment, plan);
}
