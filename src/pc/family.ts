import { BUILTIN_X86_INVENTORY } from '../host/builtin-inventory-x86.ts';
import type { MachineFamily } from '../machine/family.ts';
import { cpuType } from './cpu.ts';
import { createPcMachine } from './create.ts';
import { PC_MACHINES } from './machines.ts';

export const PC_FAMILY: MachineFamily = {
  machines: PC_MACHINES,
  create: createPcMachine,
  equipment: async (machine, wishes) => (await import('./equipment.ts')).equip(machine, wishes),
  deviceTypes: async () => (await import('./device-types.ts')).PC_DEVICE_TYPES,
  cpuType,
  defaultHost: BUILTIN_X86_INVENTORY,
};
