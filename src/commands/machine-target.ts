import type { CommandHandlers } from './context.ts';

export const machineTargetCommands: CommandHandlers<'query-cpu-definitions'> = {
  // A long list that few clients want: loaded when somebody asks.
  'query-cpu-definitions': async ({ machine }) =>
    machine.target === 'ppc64'
      ? (await import('../spapr/cpu-definitions.ts')).cpuDefinitions()
      : (await import('../pc/cpu-definitions.ts')).x86CpuDefinitions(machine),
};
