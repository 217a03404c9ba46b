import type { CommandHandlers } from './context.ts';

export const charCommands: CommandHandlers<'query-chardev'> = {
  'query-chardev': ({ chardevs }) => chardevs.query(),
};
