import { NetFilter } from '../../objects/net-filter.ts';
import { type NetClient, Nic } from '../../qdev/net-client.ts';
import { command } from '../command.ts';

export const infoNetwork = command({
  name: 'network',
  help: 'show the network state',
  run: ({ machine, print }) => {
    const { network, system } = machine;
    const show = (client: NetClient) => print([...clientLines(client)].join(''));
    for (const { number, ports } of network.hubs) {
      print(`hub ${number}\n`);
      for (const { name, peer } of ports) {
        print(` \\ ${name}${peer === undefined ? '\n' : ': '}`);
        if (peer !== undefined) show(peer);
      }
    }
    for (const client of system.netClients.all) {
      // What is at a hub was shown there.
      if (client.kind === 'hubport' || client.peer?.kind === 'hubport') continue;
      if (client.peer === undefined || client instanceof Nic) show(client);
      if (client.peer === undefined || !(client instanceof Nic)) continue;
      print(' \\ ');
      show(client.peer);
    }
  },
});

function* clientLines({ name, kind, info, filters }: NetClient): Generator<string> {
  yield `${name}: index=0,type=${kind},${info}\n`;
  if (filters.length > 0) yield 'filters:\n';
  for (const filter of filters) {
    if (!(filter instanceof NetFilter)) continue;
    const options = filter.describe().map(([property, value]) => `,${property}=${value}`);
    yield `  - ${filter.name}: type=${filter.type.name}${options.join('')}\n`;
  }
}
