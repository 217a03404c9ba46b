import type { Configuration } from './configuration.ts';
import { CliError } from './errors.ts';

const PSERIES = ['pseries', 'pseries-7.2'];

/** Checks that the machine type asked for is one there is. @throws CliError */
export function checkMachineType({ machine, target }: Configuration): void {
  const { type = '' } = machine;
  if (target === 'ppc64' && (type === '' || PSERIES.includes(type))) return;
  throw CliError.at(undefined, 'unsupported machine type', 'Use -machine help to list supported machines');
}
