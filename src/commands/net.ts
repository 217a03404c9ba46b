import type { CommandHandlers } from './context.ts';

export const netCommands: CommandHandlers<
  'set_link' | 'netdev_add' | 'netdev_del' | 'query-rx-filter' | 'announce-self'
> = {
  set_link: ({ machine }, { name, up }) => machine.network.setLink(name, up),
  netdev_add: ({ machine }, options) => {
    machine.network.add(options);
  },
  netdev_del: ({ machine }, { id }) => machine.network.remove(id),
  'query-rx-filter': ({ machine }, { name }) => machine.network.rxFilters(name),
  // Nothing is ever sent.
  'announce-self': () => {},
};
