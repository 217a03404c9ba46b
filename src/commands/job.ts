import type { CommandHandlers } from './context.ts';

export const jobCommands: CommandHandlers<'query-jobs'> = {
  // Nothing that takes long is ever done.
  'query-jobs': () => [],
};
