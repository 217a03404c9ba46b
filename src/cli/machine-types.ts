import type { MachineTraits } from '../machine/traits.ts';
import { findMachine, MACHINE_FAMILIES, type MachineFamily } from '../machine-types.ts';
import type { Configuration } from './configuration.ts';
import { CliError } from './errors.ts';

/** The machine type asked for, or the target's default. @throws CliError if there is none of that name */
export function machineType({ machine, target }: Configuration): {
  readonly family: MachineFamily;
  readonly traits: MachineTraits;
} {
  const family = MACHINE_FAMILIES[target];
  const traits = findMachine(family, machine.type);
  if (traits !== undefined) return { family, traits };
  throw CliError.at(undefined, 'unsupported machine type', 'Use -machine help to list supported machines');
}
