import type { CommandHandlers } from './context.ts';

export const runStateCommands: CommandHandlers<'query-status'> = {
  'query-status': ({ machine }) => machine.status,
};
