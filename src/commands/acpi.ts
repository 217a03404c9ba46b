import type { CommandHandlers } from './context.ts';

export const acpiCommands: CommandHandlers<'query-acpi-ospm-status'> = {
  'query-acpi-ospm-status': ({ machine }) => machine.acpiStatus,
};
