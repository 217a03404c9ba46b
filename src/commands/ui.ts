import type { CommandHandlers } from './context.ts';

export const uiCommands: CommandHandlers<
  'query-mice' | 'query-vnc' | 'query-spice' | 'query-display-options'
> = {
  'query-mice': () => [],
  'query-vnc': () => ({ enabled: false }),
  'query-spice': () => ({ enabled: false, migrated: false, 'mouse-mode': 'client' }),
  // Nothing is ever shown.
  'query-display-options': () => ({ type: 'none' }),
};
