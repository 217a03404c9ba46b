import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';

const NO_UUID = '00000000-0000-0000-0000-000000000000';

export const machineCommands: CommandHandlers<
  | 'query-machines'
  | 'query-target'
  | 'query-uuid'
  | 'query-kvm'
  | 'query-current-machine'
  | 'system_reset'
  | 'system_powerdown'
  | 'system_wakeup'
  | 'inject-nmi'
> = {
  'query-machines': ({ machine }) => machine.machineTypes,
  'query-target': ({ machine }) => ({ arch: machine.target }),
  'query-uuid': ({ machine }) => ({ UUID: machine.config.uuid ?? NO_UUID }),
  'query-kvm': ({ machine }) => ({ enabled: machine.kvmVm !== undefined, present: machine.kvmPresent }),
  system_reset: ({ machine }) => machine.reset('host-qmp-system-reset'),
  system_powerdown: ({ machine }) => machine.powerdown(),
  'query-current-machine': () => ({ 'wakeup-suspend-support': true }),
  // No guest here ever suspends.
  system_wakeup: () => {
    throw new QmpError('Unable to wake up: guest is not in suspended state');
  },
  // What an operating system makes of it is its own affair; the guest models make nothing of it.
  'inject-nmi': () => {},
};
