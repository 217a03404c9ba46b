import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';

export const miscCommands: CommandHandlers<'query-name' | 'stop' | 'cont' | 'x-exit-preconfig'> = {
  'query-name': ({ machine }) => (machine.config.name === undefined ? {} : { name: machine.config.name }),
  stop: ({ machine }) => machine.stop(),
  cont: ({ machine }) => machine.cont(),
  'x-exit-preconfig': ({ machine, exitPreconfig }) => {
    if (machine.system.ready)
      throw new QmpError('The command is permitted only before machine initialization');
    return exitPreconfig();
  },
};
