import { statSync } from 'node:fs';
import { isHelpWord, lastValue } from '../base/option-syntax.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { Draft } from './draft.ts';
import { CliError } from './errors.ts';

const TYPES =
  'Supported TPM types (choose only one):\n passthrough   Passthrough TPM backend driver\n' +
  '    emulator   TPM emulator backend driver';
const DEFAULT_DEVICE = '/dev/tpm0';

/** There is no TPM, whatever is asked for: says why, as QEMU does where it can say so. @throws CliError */
export function refuseTpm(draft: Draft, text: string, location: string): never {
  if (isHelpWord(text)) throw new CliError([{ severity: 'plain', message: TYPES }]);
  const { id, entries } = draft.list('tpmdev').parse(text, location);
  const given = (name: string) => lastValue(entries, name);
  if (id === undefined) throw CliError.at(location, "Parameter 'id' is missing");
  switch (given('type')) {
    case undefined:
      throw CliError.at(location, "Parameter 'type' is missing", TYPES);
    case 'passthrough':
      throw CliError.at(location, noDevice(given('path') ?? DEFAULT_DEVICE));
    case 'emulator':
      if (given('chardev') === undefined)
        throw CliError.at(location, "tpm-emulator: parameter 'chardev' is missing");
      throw CliError.at(location, 'this option is not simulated: no descriptor can be handed to an emulator');
    default:
      throw CliError.at(location, "Parameter 'type' expects a TPM backend type", TYPES);
  }
}

function noDevice(path: string): string {
  try {
    statSync(path);
    return `'${path}' is not a TPM device.`;
  } catch (error) {
    return `Cannot access TPM device using '${path}': ${systemErrorText(error)}`;
  }
}
