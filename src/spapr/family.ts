import { BUILTIN_INVENTORY } from '../host/builtin-inventory.ts';
import type { MachineFamily } from '../machine/family.ts';
import { createSpaprMachine } from './create.ts';
import { SPAPR_MACHINES } from './machine-types.ts';

export const SPAPR_FAMILY: MachineFamily = {
  machines: SPAPR_MACHINES,
  create: createSpaprMachine,
  deviceTypes: async () => (await import('./device-types.ts')).SPAPR_DEVICE_TYPES,
  defaultHost: BUILTIN_INVENTORY,
};
