import { PIIX_IDE_TYPES } from '../ide/piix.ts';
import { IDE_BASE_TYPES } from '../ide/types.ts';
import { ISA_TYPES } from '../isa/types.ts';
import { KVM_ACCEL_TYPE } from '../machine/accel-types.ts';
import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { NONE } from '../machine/none.ts';
import { machineTypeRegistry } from '../machine/type-registry.ts';
import type { TypeInfo } from '../qom/type.ts';
import { I440FX, Q35 } from './chipset.ts';
import { EmptyPcMachine } from './empty-machine.ts';
import { FLASH_TYPES } from './flash.ts';
import { PC_ISA_TYPES } from './isa-extras.ts';
import { PcMachine } from './machine.ts';
import { PC_MACHINE_TYPES } from './machine-types.ts';
import { Q35_PREFIX, versionOf } from './machines.ts';
import { PLATFORM_TYPES } from './platform-types.ts';

const OWN_TYPES: readonly TypeInfo[] = [
  KVM_ACCEL_TYPE,
  ...IDE_BASE_TYPES,
  ...PIIX_IDE_TYPES,
  ...ISA_TYPES,
  ...PC_ISA_TYPES,
  ...FLASH_TYPES,
  ...PLATFORM_TYPES,
  ...PC_MACHINE_TYPES,
];

/** A PC with everything that is always there; devices of the user come next, then `start`. */
export function createPcMachine(config: MachineConfig, environment: MachineEnvironment): PcMachine {
  const types = machineTypeRegistry(OWN_TYPES, config, environment, versionOf(config.type)?.globals);
  const plan = config.type.startsWith(Q35_PREFIX) ? Q35 : I440FX;
  const make = config.type === NONE.info.name ? EmptyPcMachine : PcMachine;
  return new make(types.require(`${config.type}-machine`), config, environment, plan);
}
