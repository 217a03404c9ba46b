import type { CommandHandlers } from './context.ts';

export const machineTargetCommands: CommandHandlers<'query-cpu-definitions' | 'query-cpu-model-expansion'> = {
  // A long list that few clients want: loaded when somebody asks.
  'query-cpu-definitions': async ({ machine }) =>
    machine.target === 'ppc64'
      ? (await import('../spapr/cpu-definitions.ts')).cpuDefinitions()
      : (await import('../pc/cpu-definitions.ts')).x86CpuDefinitions(machine),
  'query-cpu-model-expansion': async ({ machine }, { type, model }) => {
    const { expandCpuModel } = await import('../pc/cpu-model-expansion.ts');
    return expandCpuModel(machine, type, model);
  },
};
