import type { MachineFamily } from '../machine/family.ts';
import { findMachine, type MachineTraits } from '../machine/traits.ts';
import type { Configuration } from './configuration.ts';
import { CliError } from './errors.ts';
import type { Target } from './target.ts';

/** What is known of the machine asked for, or of the target's default. @throws CliError if there is none of that name */
export async function machineTraits({ machine, target }: Configuration): Promise<MachineTraits> {
  const traits = findMachine(await MACHINES[target](), machine.type);
  if (traits !== undefined) return traits;
  throw CliError.at(undefined, 'unsupported machine type', 'Use -machine help to list supported machines');
}

/** What makes the target's machines. */
export async function machineFamily(target: Target): Promise<MachineFamily> {
  return await FAMILIES[target]();
}

/** Only what belongs to the target is loaded. */
const MACHINES: Readonly<Record<Target, () => Promise<readonly MachineTraits[]>>> = {
  ppc64: async () => (await import('../spapr/machines.ts')).SPAPR_MACHINES,
  x86_64: async () => (await import('../pc/machines.ts')).PC_MACHINES,
};
const FAMILIES: Readonly<Record<Target, () => Promise<MachineFamily>>> = {
  ppc64: async () => (await import('../spapr/family.ts')).SPAPR_FAMILY,
  x86_64: async () => (await import('../pc/family.ts')).PC_FAMILY,
};
