import type { CommandHandlers } from './context.ts';

export const runStateCommands: CommandHandlers<'query-status' | 'set-action' | 'watchdog-set-action'> = {
  'query-status': ({ machine }) => machine.status,
  'set-action': ({ machine }, changes) => machine.setActions(changes),
  'watchdog-set-action': ({ machine }, { action }) => machine.setActions({ watchdog: action }),
};
