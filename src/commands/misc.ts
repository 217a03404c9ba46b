import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';

export const miscCommands: CommandHandlers<
  'query-name' | 'stop' | 'cont' | 'x-exit-preconfig' | 'human-monitor-command'
> = {
  'query-name': ({ machine }) => (machine.config.name === undefined ? {} : { name: machine.config.name }),
  stop: ({ machine }) => machine.stop(),
  cont: ({ machine }) => machine.cont(),
  'x-exit-preconfig': ({ machine, exitPreconfig }) => {
    if (machine.system.ready)
      throw new QmpError('The command is permitted only before machine initialization');
    return exitPreconfig();
  },
  'human-monitor-command': ({ humanMonitorCommand }, { 'command-line': line, 'cpu-index': cpu = 0 }) => {
    if (Number(cpu) !== 0) throw new QmpError("Parameter 'cpu-index' expects a CPU number");
    return humanMonitorCommand(line);
  },
};
