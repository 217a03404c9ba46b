import type { CommandHandlers } from './context.ts';

export const miscCommands: CommandHandlers<'query-name' | 'stop' | 'cont'> = {
  'query-name': ({ machine }) => (machine.config.name === undefined ? {} : { name: machine.config.name }),
  stop: ({ machine }) => machine.stop(),
  cont: ({ machine }) => machine.cont(),
};
