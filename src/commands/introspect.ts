import type { CommandHandlers } from './context.ts';

export const introspectCommands: CommandHandlers<'query-qmp-schema'> = {
  // Large, and wanted by few clients: loaded when somebody asks.
  'query-qmp-schema': async ({ machine }) => {
    const { introspection, introspectionOf } = await import('../generated/introspection.ts');
    return [...introspection, ...introspectionOf[machine.target]];
  },
};
