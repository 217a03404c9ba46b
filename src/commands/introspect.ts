import type { CommandHandlers } from './context.ts';

export const introspectCommands: CommandHandlers<'query-qmp-schema'> = {
  // Large, and wanted by few clients: loaded when somebody asks.
  'query-qmp-schema': async () => (await import('../generated/introspection.ts')).introspection,
};
