import { command } from '../command.ts';
import { int32, int64, positive, word } from '../parameters.ts';

/** The guest's memory: how much there is, and what is in it. */
export const MEMORY_COMMANDS = [
  command({
    name: 'balloon',
    usage: 'target',
    help: 'request VM to change its memory allocation (in MB)',
    parameters: { megabytes: positive },
    run: async ({ execute }, { megabytes }) =>
      await execute('balloon', { value: BigInt.asIntN(64, megabytes << 20n) }),
  }),
  command({
    name: 'memsave',
    usage: 'addr size file',
    help: "save to disk virtual memory dump starting at 'addr' of size 'size'",
    parameters: { address: int64, size: int32, filename: word },
    run: async ({ execute, state }, { address: val, size, filename }) =>
      await execute('memsave', { val, size, filename, 'cpu-index': state.cpu }),
  }),
  command({
    name: 'pmemsave',
    usage: 'addr size file',
    help: "save to disk physical memory dump starting at 'addr' of size 'size'",
    parameters: { address: int64, size: int32, filename: word },
    run: async ({ execute }, { address: val, size, filename }) =>
      await execute('pmemsave', { val, size, filename }),
  }),
] as const;
