import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';

export const acpiCommands: CommandHandlers<'query-acpi-ospm-status'> = {
  'query-acpi-ospm-status': () => {
    throw new QmpError('command is not supported, missing ACPI device');
  },
};
