import { QmpError } from '../../base/errors.ts';
import { NETDEV_TYPES, netdevFromOptions } from '../../commands/netdev-options.ts';
import { TextArguments } from '../../qmp/text-arguments.ts';
import { command } from '../command.ts';
import { onOff, optional, options, word } from '../parameters.ts';

/** Network backends, and the state of links. */
export const NETWORK_COMMANDS = [
  command({
    name: 'netdev_add',
    usage: '[user|tap|socket|stream|dgram|vde|bridge|hubport|netmap|vhost-user],id=str[,prop=value][,...]',
    help: 'add host network device',
    parameters: { netdev: options('type') },
    complete: (_environment, argument) => (argument > 0 ? [] : NETDEV_TYPES),
    run: async ({ machine: { network }, execute, print, report }, { netdev: { id, items } }) => {
      if (id !== undefined && network.optionIds.has(id)) {
        report(`Duplicate ID '${id}' for netdev`);
        print('Try "help netdev_add" for more information\n');
        return;
      }
      const type = items.find(({ name }) => name === 'type')?.value;
      if (type === 'help' || type === '?') {
        print(`Available netdev backend types:\n${NETDEV_TYPES.map(each => `${each}\n`).join('')}`);
        return;
      }
      // The address has a type of its own, which cannot be told apart in this form.
      if (type === 'stream' && id !== undefined) throw new QmpError("Parameter 'type' is missing");
      const { introspection } = await import('../../generated/introspection.ts');
      const options = netdevFromOptions(new TextArguments(introspection), id, items);
      await execute('netdev_add', options);
      network.optionIds.add(options.id);
    },
  }),
  command({
    name: 'netdev_del',
    usage: 'id',
    help: 'remove host network device',
    parameters: { id: word },
    complete: ({ machine }, argument) =>
      argument > 0
        ? []
        : machine.system.netClients.all.filter(({ kind }) => kind !== 'nic').map(({ name }) => name),
    run: async ({ execute }, { id }) => await execute('netdev_del', { id }),
  }),
  command({
    name: 'set_link',
    usage: 'name on|off',
    help: 'change the link status of a network adapter',
    parameters: { name: word, up: onOff },
    complete: ({ machine }, argument) =>
      argument === 0
        ? machine.system.netClients.all.map(({ name }) => name)
        : argument === 1
          ? ['on', 'off']
          : [],
    run: async ({ execute }, { name, up }) => await execute('set_link', { name, up }),
  }),
  command({
    name: 'announce_self',
    usage: '[interfaces] [id]',
    help: 'Trigger GARP/RARP announcements',
    parameters: { interfaces: optional(word), id: optional(word) },
    run: async ({ execute }, { interfaces, id }) => {
      const parameters = await execute('query-migrate-parameters');
      await execute('announce-self', {
        initial: parameters['announce-initial'] ?? 0,
        max: parameters['announce-max'] ?? 0,
        rounds: parameters['announce-rounds'] ?? 0,
        step: parameters['announce-step'] ?? 0,
        ...(interfaces === undefined ? {} : { interfaces: interfaces.split(',') }),
        ...(id === undefined ? {} : { id }),
      });
    },
  }),
] as const;
