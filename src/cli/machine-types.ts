import type { MachineTraits } from '../machine/traits.ts';
import { DEFAULT_SPAPR_MACHINE, findSpaprMachine } from '../spapr/machine-types.ts';
import type { Configuration } from './configuration.ts';
import { CliError } from './errors.ts';

/** The machine type asked for, or the target's default. @throws CliError if there is none of that name */
export function machineTraits({ machine, target }: Configuration): MachineTraits {
  const { type = '' } = machine;
  const found = type === '' ? DEFAULT_SPAPR_MACHINE : findSpaprMachine(type);
  if (target === 'ppc64' && found !== undefined) return found;
  throw CliError.at(undefined, 'unsupported machine type', 'Use -machine help to list supported machines');
}
