import type { WatchdogAction } from '../../generated/types.ts';
import { oneOf } from '../choice.ts';
import { command } from '../command.ts';
import { word } from '../parameters.ts';

const WATCHDOG_ACTIONS: readonly WatchdogAction[] = [
  'reset',
  'shutdown',
  'poweroff',
  'pause',
  'debug',
  'none',
  'inject-nmi',
];

/** Starting, stopping and ending the machine. */
export const RUN_COMMANDS = [
  command({
    name: 'quit|q',
    help: 'quit the emulator',
    allowPreconfig: true,
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
  command({
    name: 'system_wakeup',
    help: 'wakeup guest from suspend',
    run: async ({ execute }) => await execute('system_wakeup'),
  }),
  command({
    name: 'nmi',
    help: 'inject an NMI',
    run: async ({ execute }) => await execute('inject-nmi'),
  }),
  command({
    name: 'watchdog_action',
    usage: '[reset|shutdown|poweroff|pause|debug|none]',
    help: 'change watchdog action',
    parameters: { action: word },
    complete: (_environment, argument) => (argument > 0 ? [] : WATCHDOG_ACTIONS),
    run: async ({ execute }, { action: name }) => {
      await execute('watchdog-set-action', { action: oneOf(WATCHDOG_ACTIONS, name) });
    },
  }),
  command({
    name: 'exit_preconfig',
    help: 'exit the preconfig state',
    allowPreconfig: true,
    run: async ({ execute }) => await execute('x-exit-preconfig'),
  }),
] as const;
