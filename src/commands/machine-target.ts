import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';

export const machineTargetCommands: CommandHandlers<'query-cpu-definitions'> = {
  // A long list that few clients want: loaded when somebody asks.
  'query-cpu-definitions': async ({ machine }) => {
    if (machine.target !== 'ppc64') throw new QmpError('The list of processor models is not simulated');
    return (await import('../spapr/cpu-definitions.ts')).cpuDefinitions();
  },
};
