import type { CommandHandlers } from './context.ts';

export const replayCommands: CommandHandlers<'query-replay'> = {
  'query-replay': () => ({ mode: 'none', icount: 0 }),
};
