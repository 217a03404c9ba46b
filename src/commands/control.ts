import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';
import { QEMU_VERSION } from './version.ts';

export const controlCommands: CommandHandlers<
  'qmp_capabilities' | 'query-version' | 'query-commands' | 'quit'
> = {
  // The session negotiates; here comes who asks again.
  qmp_capabilities: () => {
    throw new QmpError('Capabilities negotiation is already complete, command ignored', 'CommandNotFound');
  },
  'query-version': () => QEMU_VERSION,
  'query-commands': context => context.commandNames().map(name => ({ name })),
  quit: ({ machine }) => machine.quit('host-qmp-quit'),
};
