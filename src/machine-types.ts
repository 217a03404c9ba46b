import { BUILTIN_INVENTORY } from './host/builtin-inventory.ts';
import { BUILTIN_X86_INVENTORY } from './host/builtin-inventory-x86.ts';
import type { HostInventory } from './host/inventory.ts';
import type { MachineConfig, MachineEnvironment } from './machine/config.ts';
import type { Machine } from './machine/machine.ts';
import type { MachineTraits } from './machine/traits.ts';
import { createPcMachine } from './pc/create.ts';
import { PC_MACHINES } from './pc/machine-types.ts';
import { createSpaprMachine } from './spapr/create.ts';
import { SPAPR_MACHINES } from './spapr/machine-types.ts';

/** The machine types of one architecture, with what makes them. */
export interface MachineFamily {
  readonly machines: readonly MachineTraits[];
  create(config: MachineConfig, environment: MachineEnvironment): Machine;
  /** The host below the machine unless another is given. */
  readonly defaultHost: HostInventory;
}

/** By QEMU's name of the target. */
export const MACHINE_FAMILIES: Readonly<Record<'ppc64' | 'x86_64', MachineFamily>> = {
  ppc64: { machines: SPAPR_MACHINES, create: createSpaprMachine, defaultHost: BUILTIN_INVENTORY },
  x86_64: { machines: PC_MACHINES, create: createPcMachine, defaultHost: BUILTIN_X86_INVENTORY },
};

/** The machine that a user means, by name or alias; without either, the family's default. */
export function findMachine({ machines }: MachineFamily, name = ''): MachineTraits | undefined {
  return machines.find(({ info }) =>
    name === '' ? info['is-default'] === true : info.name === name || info.alias === name,
  );
}
