import { command } from '../command.ts';
import { int64 } from '../parameters.ts';

/** How much memory the guest has. */
export const MEMORY_COMMANDS = [
  command({
    name: 'balloon',
    usage: 'target',
    help: 'request VM to change its memory allocation (in MB)',
    parameters: { megabytes: int64 },
    run: async ({ execute }, { megabytes }) => await execute('balloon', { value: megabytes << 20n }),
  }),
] as const;
