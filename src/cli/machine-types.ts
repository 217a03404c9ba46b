import { findMachine, type MachineFamily } from '../machine/family.ts';
import type { MachineTraits } from '../machine/traits.ts';
import type { Configuration } from './configuration.ts';
import { CliError } from './errors.ts';
import type { Target } from './target.ts';

/** The machine type asked for, or the target's default. @throws CliError if there is none of that name */
export async function machineType({ machine, target }: Configuration): Promise<{
  readonly family: MachineFamily;
  readonly traits: MachineTraits;
}> {
  const family = await FAMILIES[target]();
  const traits = findMachine(family, machine.type);
  if (traits !== undefined) return { family, traits };
  throw CliError.at(undefined, 'unsupported machine type', 'Use -machine help to list supported machines');
}

/** Only that of the target is loaded. */
const FAMILIES: Readonly<Record<Target, () => Promise<MachineFamily>>> = {
  ppc64: async () => (await import('../spapr/family.ts')).SPAPR_FAMILY,
  x86_64: async () => (await import('../pc/family.ts')).PC_FAMILY,
};
