import type { Configuration } from './configuration.ts';
import { CliError } from './errors.ts';

/** Refuses what the command line may say, but this simulator has no model of yet. @throws CliError */
export function refuseUnsupported(configuration: Configuration): void {
  const wishes: readonly (readonly [option: string, count: number])[] = [
    ['-qtest', configuration.qtest === undefined ? 0 : 1],
  ];
  const found = wishes.find(([, count]) => count > 0);
  if (found !== undefined) throw CliError.at(undefined, `${found[0]} is not supported by this simulator`);
}
