import type { HostInventory } from '../host/inventory.ts';
import type { TypeInfo } from '../qom/type.ts';
import type { Equipment, EquipmentWishes } from './board.ts';
import type { MachineConfig, MachineEnvironment } from './config.ts';
import type { Machine } from './machine.ts';
import type { MachineTraits } from './traits.ts';

/** The machine types of one architecture, with what makes them. */
export interface MachineFamily {
  readonly machines: readonly MachineTraits[];
  create(config: MachineConfig, environment: MachineEnvironment): Machine;
  /** The devices that users may add, beyond those that are part of a machine. */
  deviceTypes(): Promise<readonly TypeInfo[]>;
  /** What a user wants on the board of one of these machines, which has to have its devices at hand by then. */
  equipment(machine: Machine, wishes: EquipmentWishes): Promise<Equipment>;
  /** The type of processors of a model, as the user calls it; undefined if there is none. */
  cpuType(model: string): string | undefined;
  /** Says why a machine cannot have a model of processors that other machines could have. @throws QmpError */
  refuseCpu?(model: string): Promise<void>;
  /** The host below the machine unless another is given. */
  readonly defaultHost: HostInventory;
}
