import { QmpError } from '../base/errors.ts';
import type { Netdev, RxFilterInfo } from '../generated/types.ts';
import { isIdentifier } from '../qdev/device-add.ts';
import type { Nic } from '../qdev/nics.ts';
import type { System } from '../qdev/system.ts';
import type { NetBackend, NetSurroundings } from './backend.ts';
import {
  bridgeBackend,
  hubPortBackend,
  l2tpv3Backend,
  tapBackend,
  vhostUserBackend,
  vhostVdpaBackend,
} from './host-backends.ts';
import { dgramBackend, socketBackend, streamBackend } from './socket-backends.ts';
import { userBackend } from './user.ts';

/** VLANs that there can be (IEEE 802.1Q). */
const VLANS = 4096;

/** The network backends of one machine, and their adapters. */
export class Network {
  readonly #backends = new Map<string, NetBackend>();

  constructor(private readonly system: System) {}

  /** In the order in which they were added. */
  get backends(): Iterable<NetBackend> {
    return this.#backends.values();
  }

  /** As `netdev_add` and `-netdev` do. @throws QmpError */
  add(options: Netdev): void {
    if (!isIdentifier(options.id)) throw new QmpError("Parameter 'id' expects an identifier");
    if (this.#backends.has(options.id)) throw new QmpError(`Duplicate ID '${options.id}'`);
    const backend = this.#create(options);
    this.#backends.set(backend.id, backend);
    this.system.backends.add('netdev', backend);
  }

  #create(options: Netdev): NetBackend {
    const { backends } = this.system;
    const surroundings: NetSurroundings = {
      hasChardev: id => backends.chardevs?.has(id) === true,
      hasNetdev: id => this.#backends.has(id),
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

  /** As `netdev_del` does. An adapter that uses it loses its link. @throws QmpError */
  remove(id: string): void {
    const backend = this.#backends.get(id);
    if (backend === undefined) throw new QmpError(`Device '${id}' not found`, 'DeviceNotFound');
    this.#backends.delete(id);
    this.system.backends.remove('netdev', id);
    const nic = this.system.nics.all.find(each => each.netdev === id);
    if (nic !== undefined) nic.linkDown = true;
  }

  /** As `set_link` does; of a backend's link its adapter's follows. @throws QmpError */
  setLink(name: string, up: boolean): void {
    const backend = this.#backends.get(name);
    const nic = this.system.nics.get(name) ?? this.system.nics.all.find(each => each.netdev === name);
    if (backend === undefined && nic === undefined)
      throw new QmpError(`Device '${name}' not found`, 'DeviceNotFound');
    if (backend !== undefined) backend.linkDown = !up;
    if (nic !== undefined) nic.linkDown = !up;
  }

  /** As `query-rx-filter` shows them. @throws QmpError */
  rxFilters(name: string | undefined): readonly RxFilterInfo[] {
    const { nics } = this.system;
    if (name === undefined) return nics.all.filter(nic => nic.hasRxFilter).map(rxFilter);
    const nic = nics.get(name);
    if (nic === undefined) {
      throw new QmpError(
        this.#backends.has(name) ? `net client(${name}) isn't a NIC` : `invalid net client name: ${name}`,
      );
    }
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
    'broadcast-allowed': true,
    'multicast-overflow': false,
    'unicast-overflow': false,
    'main-mac': nic.macAddress,
    'vlan-table': ALL_VLANS,
    'unicast-table': [],
    'multicast-table': [],
  };
}

const ALL_VLANS = Array.from({ length: VLANS }, (_, index) => VLANS - 1 - index);
