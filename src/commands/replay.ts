import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';

export const replayCommands: CommandHandlers<
  'query-replay' | 'replay-break' | 'replay-delete-break' | 'replay-seek'
> = {
  // No machine here is recorded, or replayed.
  'query-replay': () => ({ mode: 'none', icount: 0 }),
  'replay-break': () => {
    throw new QmpError('setting the breakpoint is allowed only in play mode');
  },
  'replay-delete-break': () => {
    throw new QmpError('replay breakpoints are allowed only in play mode');
  },
  'replay-seek': () => {
    throw new QmpError('replay must be enabled to seek');
  },
};
