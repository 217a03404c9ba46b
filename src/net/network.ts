import { QmpError } from '../base/errors.ts';
import { badIdentifier, isIdentifier } from '../base/identifier.ts';
import type { Netdev, RxFilterInfo } from '../generated/types.ts';
import { Nic } from '../qdev/net-client.ts';
import type { System } from '../qdev/system.ts';
import { NetBackend, type NetSurroundings } from './backend.ts';
import {
  bridgeBackend,
  hubPortBackend,
  l2tpv3Backend,
  tapBackend,
  vhostUserBackend,
  vhostVdpaBackend,
} from './host-backends.ts';
import { Hub } from './hub.ts';
import type { NicSlot } from './nic-slots.ts';
import { dgramBackend, socketBackend, streamBackend } from './socket-backends.ts';
import { userBackend } from './user.ts';

/** Names that are made up are none that a user could give. */
const AUTOMATIC_NAME = /^#net\d+$/;
/** VLANs that there can be (IEEE 802.1Q). */
const VLANS = 4096;

/** The network of one machine: backends, and hubs that connect several. */
export class Network {
  /** Those that the user made as such, and can remove; the others came about with an adapter or a hub. */
  readonly #netdevs = new Set<NetBackend>();
  /** By number, newest first: names of ports are numbered, but for those that the user names. */
  readonly #hubs: Hub[] = [];

  /** Adapters that boards make of what the user described. */
  readonly slots: NicSlot[] = [];
  /** Whether nobody asked for what is there: then nobody is told what is missing either. */
  isDefault = false;
  /** Ids that were given in option syntax, where they are taken until their backends are removed. */
  readonly optionIds = new Set<string>();

  constructor(private readonly system: System) {}

  get hubs(): readonly Hub[] {
    return this.#hubs;
  }

  /** As `netdev_add` and `-netdev` do. @throws QmpError */
  add(options: Netdev): NetBackend {
    const backend = this.addUnlisted(options);
    this.#netdevs.add(backend);
    return backend;
  }

  /** Adds a backend that `netdev_del` refuses to remove, as `-net` does. @throws QmpError */
  addUnlisted(options: Netdev): NetBackend {
    const { netClients } = this.system;
    if (!isIdentifier(options.id) && !AUTOMATIC_NAME.test(options.id)) throw badIdentifier();
    if (netClients.backend(options.id) !== undefined) throw new QmpError(`Duplicate ID '${options.id}'`);
    const backend = this.#create(options);
    if (options.type === 'hubport') {
      const behind = options.netdev === undefined ? undefined : netClients.backend(options.netdev);
      // QEMU ends itself here.
      if (behind?.peer !== undefined) throw new QmpError(`netdev '${behind.name}' is in use`);
      this.#hub(Number(options.hubid)).addPort(backend);
      if (behind !== undefined) backend.connect(behind);
    }
    netClients.add(backend);
    return backend;
  }

  /** A name for a backend that was given none. */
  automaticName(): string {
    return `#net${String(this.system.nextNumber('network backend')).padStart(3, '0')}`;
  }

  /** A new port of a hub, for something that has no backend, or no adapter, of its own. */
  addHubPort(number: number): NetBackend {
    const hub = this.#hub(number);
    const port = new NetBackend(hub.nextName(), 'hubport', '', number);
    hub.addPort(port);
    this.system.netClients.add(port);
    return port;
  }

  #hub(number: number): Hub {
    let hub = this.#hubs.find(each => each.number === number);
    if (hub === undefined) {
      hub = new Hub(number);
      this.#hubs.unshift(hub);
    }
    return hub;
  }

  #create(options: Netdev): NetBackend {
    const { backends, netClients } = this.system;
    const surroundings: NetSurroundings = {
      chardevKind: id => backends.chardevs?.kind(id),
      hasNetdev: id => netClients.backend(id) !== undefined,
    };
    switch (options.type) {
      case 'user':
        return userBackend(options, surroundings);
      case 'tap':
        return tapBackend(options);
      case 'l2tpv3':
        return l2tpv3Backend(options);
      case 'socket':
        return socketBackend(options);
      case 'stream':
        return streamBackend(options);
      case 'dgram':
        return dgramBackend(options);
      case 'vde':
        throw new QmpError('Could not open vde: No such file or directory');
      case 'bridge':
        return bridgeBackend();
      case 'hubport':
        return hubPortBackend(options, surroundings);
      case 'vhost-user':
        return vhostUserBackend(options, surroundings);
      case 'vhost-vdpa':
        return vhostVdpaBackend(options);
      default:
        throw new QmpError(`network backend '${options.type}' is not compiled into this binary`);
    }
  }

  /** As `netdev_del` does. An adapter that uses it loses its link, and never finds another. @throws QmpError */
  remove(id: string): void {
    const backend = this.system.netClients.backend(id);
    if (!(backend instanceof NetBackend)) throw new QmpError(`Device '${id}' not found`, 'DeviceNotFound');
    if (!this.#netdevs.delete(backend)) throw new QmpError(`Device '${id}' is not a netdev`);
    this.optionIds.delete(id);
    this.system.netClients.remove(backend);
    for (const hub of this.#hubs) hub.removePort(backend);
    for (const filter of backend.filters.splice(0)) filter.unparent();
    const { peer } = backend;
    if (peer instanceof Nic) peer.linkDown = true;
    else if (peer !== undefined) peer.peer = undefined;
  }

  /** As `set_link` does; an adapter's link follows that of its backend. @throws QmpError */
  setLink(name: string, up: boolean): void {
    const client = this.system.netClients.find(name);
    if (client === undefined) throw new QmpError(`Device '${name}' not found`, 'DeviceNotFound');
    client.linkDown = !up;
    if (client.peer instanceof Nic) client.peer.linkDown = !up;
  }

  /** What an administrator should know of ends that lead nowhere, as QEMU says it before the machine starts. */
  *complaints(): Generator<string> {
    if (this.isDefault) return;
    for (const { number, ports } of this.#hubs) {
      for (const port of ports) if (port.peer === undefined) yield `hub port ${port.name} has no peer`;
      const peers = ports.flatMap(({ peer }) => (peer === undefined ? [] : [peer]));
      const hasNic = peers.some(peer => peer instanceof Nic);
      const hasHost = peers.some(peer => !(peer instanceof Nic) && peer.kind !== 'hubport');
      if (hasHost && !hasNic) yield `hub ${number} with no nics`;
      if (hasNic && !hasHost) yield `hub ${number} is not connected to host network`;
    }
    for (const client of this.system.netClients.all) {
      const kind = client instanceof Nic ? 'nic' : 'netdev';
      if (client.peer === undefined) yield `${kind} ${client.name} has no peer`;
    }
    for (const { model = 'unspecified', name = 'anonymous', isMade } of this.slots)
      if (!isMade)
        yield `requested NIC (${name}, model ${model}) was not created (not supported by this machine?)`;
  }

  /** As `query-rx-filter` shows them. @throws QmpError */
  rxFilters(name: string | undefined): readonly RxFilterInfo[] {
    const { netClients } = this.system;
    if (name === undefined) return netClients.nics.filter(nic => nic.hasRxFilter).map(rxFilter);
    const nic = netClients.find(name);
    if (nic === undefined) throw new QmpError(`invalid net client name: ${name}`);
    if (!(nic instanceof Nic)) throw new QmpError(`net client(${name}) isn't a NIC`);
    if (!nic.hasRxFilter) throw new QmpError(`net client(${name}) doesn't support rx-filter querying`);
    return [rxFilter(nic)];
  }
}

/** A filter that no driver has set up: everything for the adapter, and every VLAN. */
function rxFilter(nic: Nic): RxFilterInfo {
  return {
    name: nic.name,
    promiscuous: true,
    multicast: 'normal',
    unicast: 'normal',
    vlan: 'all',
    // It is allowed: QEMU 7.2 says the opposite of what it means.
    'broadcast-allowed': false,
    'multicast-overflow': false,
    'unicast-overflow': false,
    'main-mac': nic.macAddress,
    'vlan-table': ALL_VLANS,
    'unicast-table': [],
    'multicast-table': [],
  };
}

const ALL_VLANS = Array.from({ length: VLANS }, (_, index) => VLANS - 1 - index);
