import { QmpError } from '../base/errors.ts';
import { BUILTIN_INVENTORY } from '../host/builtin-inventory.ts';
import type { MachineFamily } from '../machine/family.ts';
import { cpuType } from './cpu-core.ts';
import { findCpuModel } from './cpu-models.ts';
import { createSpaprMachine } from './create.ts';
import { SPAPR_MACHINES } from './machines.ts';

export const SPAPR_FAMILY: MachineFamily = {
  machines: SPAPR_MACHINES,
  create: createSpaprMachine,
  equipment: async (machine, wishes) => (await import('./equipment.ts')).equip(machine, wishes),
  deviceTypes: async () => (await import('./device-types.ts')).SPAPR_DEVICE_TYPES,
  cpuType: model => {
    const found = findCpuModel(model);
    return found && cpuType(found);
  },
  refuseCpu: async model => {
    if ((await import('./cpu-definitions.ts')).isCpuModel(model))
      throw new QmpError('Unable to find sPAPR CPU Core definition');
  },
  defaultHost: BUILTIN_INVENTORY,
};
