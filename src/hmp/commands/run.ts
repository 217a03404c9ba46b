import { command } from '../command.ts';

/** Starting, stopping and ending the machine. */
export const RUN_COMMANDS = [
  command({
    name: 'quit|q',
    help: 'quit the emulator',
    run: async ({ execute }) => await execute('quit'),
  }),
  command({
    name: 'stop|s',
    help: 'stop emulation',
    run: async ({ execute }) => await execute('stop'),
  }),
  command({
    name: 'cont|c',
    help: 'resume emulation',
    run: async ({ execute }) => await execute('cont'),
  }),
  command({
    name: 'system_reset',
    help: 'reset the system',
    run: async ({ execute }) => await execute('system_reset'),
  }),
  command({
    name: 'system_powerdown',
    help: 'send system power down event',
    run: async ({ execute }) => await execute('system_powerdown'),
  }),
] as const;
