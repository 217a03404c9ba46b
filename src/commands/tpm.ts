import type { CommandHandlers } from './context.ts';

export const tpmCommands: CommandHandlers<'query-tpm' | 'query-tpm-models' | 'query-tpm-types'> = {
  'query-tpm': () => [],
  'query-tpm-models': ({ machine }) => (machine.target === 'ppc64' ? ['tpm-spapr'] : ['tpm-crb', 'tpm-tis']),
  'query-tpm-types': () => ['passthrough', 'emulator'],
};
