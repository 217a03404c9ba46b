import { QmpError } from '../base/errors.ts';
import { CliError } from './errors.ts';

/** Runs a step that the option at `location` asked for. @throws CliError where a client would get a QmpError */
export function atLocation<T>(location: string | undefined, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw cliError(error, location);
  }
}

/** What a client would be told, told on stderr. */
export function cliError(error: unknown, location: string | undefined): unknown {
  return error instanceof QmpError ? CliError.at(location, error.desc, error.hint) : error;
}
