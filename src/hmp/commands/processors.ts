import { command } from '../command.ts';
import { int32 } from '../parameters.ts';

/** Which processor other commands are about. */
export const PROCESSOR_COMMANDS = [
  command({
    name: 'cpu',
    usage: 'index',
    help: 'set the default CPU',
    parameters: { index: int32 },
    run: ({ machine, state, print }, { index }) => {
      if (machine.processors.info.some(cpu => cpu['cpu-index'] === index)) state.cpu = index;
      else print('invalid CPU index\n');
    },
  }),
] as const;
