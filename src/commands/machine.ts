import type { CommandHandlers } from './context.ts';

const NO_UUID = '00000000-0000-0000-0000-000000000000';

export const machineCommands: CommandHandlers<
  'query-machines' | 'query-target' | 'query-uuid' | 'query-kvm' | 'system_reset' | 'system_powerdown'
> = {
  'query-machines': ({ machine }) => machine.machineTypes,
  'query-target': ({ machine }) => ({ arch: machine.target }),
  'query-uuid': ({ machine }) => ({ UUID: machine.config.uuid ?? NO_UUID }),
  'query-kvm': ({ machine }) => ({ enabled: machine.kvmVm !== undefined, present: machine.kvmPresent }),
  system_reset: ({ machine }) => machine.reset('host-qmp-system-reset'),
  system_powerdown: ({ machine }) => machine.powerdown(),
};
