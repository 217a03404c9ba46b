import { command } from '../command.ts';
import { word } from '../parameters.ts';

/** File descriptors that clients hand over. */
export const DESCRIPTOR_COMMANDS = [
  command({
    name: 'getfd',
    usage: 'getfd name',
    help: 'receive a file descriptor via SCM rights and assign it a name',
    parameters: { fdname: word },
    run: async ({ execute }, args) => await execute('getfd', args),
  }),
  command({
    name: 'closefd',
    usage: 'closefd name',
    help: 'close a file descriptor previously passed via SCM rights',
    parameters: { fdname: word },
    run: async ({ execute }, args) => await execute('closefd', args),
  }),
] as const;
