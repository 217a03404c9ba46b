import { HardwareError, QmpError } from '../base/errors.ts';
import { CliError } from './errors.ts';

/** Runs a step that the option at `location` asked for. @throws CliError where a client would get a QmpError */
export function atLocation<T>(location: string | undefined, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw cliError(error, location);
  }
}

/** With what QEMU's `abort` ends its process. */
export const HARDWARE_ERROR_STATUS = 134;

/** What a client would be told, told on stderr; a machine that must end right away has last words, too. */
export function cliError(error: unknown, location: string | undefined): unknown {
  if (error instanceof HardwareError) {
    const message = `hardware error: ${error.message}`;
    return new CliError([{ severity: 'error', message }], HARDWARE_ERROR_STATUS);
  }
  return error instanceof QmpError ? CliError.at(error.location ?? location, error.desc, error.hint) : error;
}
