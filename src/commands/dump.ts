import type { CommandHandlers } from './context.ts';

export const dumpCommands: CommandHandlers<'query-dump' | 'query-dump-guest-memory-capability'> = {
  'query-dump': () => ({ status: 'none', completed: 0, total: 0 }),
  'query-dump-guest-memory-capability': () => ({ formats: ['elf', 'kdump-zlib'] }),
};
