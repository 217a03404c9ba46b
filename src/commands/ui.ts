import type { CommandHandlers } from './context.ts';

export const uiCommands: CommandHandlers<
  'query-mice' | 'query-vnc' | 'query-spice' | 'query-display-options' | 'send-key'
> = {
  'query-mice': ({ machine }) => {
    const pointers = [...machine.system.inputNumbers].flatMap(([{ type }, index]) => {
      const { name = '', pointer } = type.class.input ?? {};
      return pointer === undefined ? [] : [{ name, index, absolute: pointer === 'absolute' }];
    });
    // Until one is moved, the oldest is the current one.
    return pointers.map((pointer, place) => ({ ...pointer, current: place === 0 })).reverse();
  },
  'query-vnc': () => ({ enabled: false }),
  'query-spice': () => ({ enabled: false, migrated: false, 'mouse-mode': 'client' }),
  // Nothing is ever shown.
  'query-display-options': () => ({ type: 'none' }),
  // A guest without code takes no notice.
  'send-key': () => {},
};
