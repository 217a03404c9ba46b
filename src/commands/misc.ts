import { QmpError } from '../base/errors.ts';
import { aioMaxBatch, IoThread, pollGrow, pollMaxNs, pollShrink } from '../objects/event-loop.ts';
import { listObjects } from '../objects/listing.ts';
import type { CommandHandlers } from './context.ts';

export const miscCommands: CommandHandlers<
  | 'query-name'
  | 'stop'
  | 'cont'
  | 'x-exit-preconfig'
  | 'human-monitor-command'
  | 'query-iothreads'
  | 'add_client'
  | 'getfd'
  | 'closefd'
  | 'add-fd'
  | 'remove-fd'
  | 'query-fdsets'
  | 'query-command-line-options'
> = {
  'query-name': ({ machine }) => (machine.config.name === undefined ? {} : { name: machine.config.name }),
  stop: ({ machine }) => machine.stop(),
  cont: ({ machine }) => machine.cont(),
  'x-exit-preconfig': ({ machine, exitPreconfig }) => {
    if (machine.system.ready)
      throw new QmpError('The command is permitted only before machine initialization');
    return exitPreconfig();
  },
  'human-monitor-command': (
    { machine, humanMonitorCommand },
    { 'command-line': line, 'cpu-index': wanted },
  ) => {
    const cpu = Number(wanted ?? 0);
    if (wanted !== undefined && !machine.processors.info.some(each => each['cpu-index'] === cpu))
      throw new QmpError("Parameter 'cpu-index' expects a CPU number");
    return humanMonitorCommand(line, cpu);
  },
  'query-iothreads': ({ machine }) =>
    listObjects(machine.system, IoThread).map(thread => ({
      id: thread.name,
      'thread-id': thread.threadId,
      'poll-max-ns': thread.value(pollMaxNs),
      'poll-grow': thread.value(pollGrow),
      'poll-shrink': thread.value(pollShrink),
      'aio-max-batch': thread.value(aioMaxBatch),
    })),
  // Node cannot receive descriptors over a socket: to this program, no client ever sends one.
  getfd: () => {
    throw noDescriptor();
  },
  'add-fd': () => {
    throw noDescriptor();
  },
  closefd: (_, { fdname }) => {
    throw new QmpError(`File descriptor named '${fdname}' not found`);
  },
  add_client: (_, { fdname }) => {
    throw new QmpError(`File descriptor named '${fdname}' has not been found`);
  },
  'remove-fd': ({ machine }, { 'fdset-id': set, fd }) =>
    machine.fdSets.remove(Number(set), fd === undefined ? undefined : Number(fd)),
  'query-fdsets': ({ machine }) => machine.fdSets.query(),
  'query-command-line-options': async ({ machine }, { option }) => {
    // A long list that few clients want: loaded when somebody asks.
    const { commandLineOptions } = await import('./command-line-options.ts');
    const all = commandLineOptions(machine.target);
    if (option === undefined) return all;
    const found = all.filter(each => each.option === option);
    if (found.length === 0) throw new QmpError(`invalid option name: ${option}`);
    return found;
  },
};

function noDescriptor(): QmpError {
  return new QmpError('No file descriptor supplied via SCM_RIGHTS');
}
