import type { CommandHandlers } from './context.ts';

export const statsCommands: CommandHandlers<'query-stats' | 'query-stats-schemas'> = {
  // KVM alone would count, and the simulated one does not.
  'query-stats': () => [],
  'query-stats-schemas': () => [],
};
