import type { CommandHandlers } from './context.ts';

export const dumpCommands: CommandHandlers<'query-dump' | 'query-dump-guest-memory-capability'> = {
  'query-dump': () => ({ status: 'none', completed: 0, total: 0 }),
  'query-dump-guest-memory-capability': ({ machine }) => ({
    formats: ['elf', 'kdump-zlib', ...(machine.target === 'x86_64' ? (['win-dmp'] as const) : [])],
  }),
};
