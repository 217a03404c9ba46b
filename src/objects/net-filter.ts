import { QmpError } from '../base/errors.ts';
import { hashTableOrder } from '../base/glib-hash-table.ts';
import type { NetClient } from '../qdev/net-client.ts';
import type { System } from '../qdev/system.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { boolValue, choiceValue, integerValue, textValue } from '../qom/values.ts';
import { UINT32 } from '../qom/visitor.ts';
import { UserObject } from './user-object.ts';

const DUMP_LENGTH = 65536n;

const netdev = textValue('netdev', '');
const status = textValue('status', 'on', undefined, word => {
  if (word !== 'on' && word !== 'off')
    throw new QmpError("Invalid value for netfilter status, should be 'on' or 'off'");
  return word;
});
const position = textValue('position', 'tail');
const insert = textValue('insert', 'behind', undefined, word => {
  if (word !== 'before' && word !== 'behind')
    throw new QmpError("Invalid value for netfilter insert, should be 'before' or 'behind'");
  return word;
});
const queue = choiceValue('queue', 'NetFilterDirection', ['all', 'rx', 'tx'], 'all');
const indev = textValue('indev', '');
const outdev = textValue('outdev', '');
const vnetHeader = boolValue('vnet_hdr_support', false);
const NAMED = /^id=(.*)$/;

/** Something on the way between a network backend and its adapter. No packet ever comes along here. */
export class NetFilter extends UserObject {
  /** What it was told, as `info network` shows it: its kind's own properties first. */
  describe(): readonly (readonly [name: string, value: string])[] {
    const options: (readonly [string, string])[] = [];
    for (let { type }: { type: QomType | undefined } = this; type?.isA('netfilter'); type = type.parent) {
      const names = (type.info.properties ?? []).map(({ name }) => name);
      for (const name of hashTableOrder(names)) options.push([name, String(this.getProperty(name))]);
    }
    return options;
  }

  #backend: NetClient | undefined;

  protected override onComplete(system: System): void {
    this.#backend = system.netClients.backend(this.value(netdev));
    if (this.#backend === undefined) throw new QmpError("Parameter 'netdev' expects a network backend id");
    const chain = this.#backend.filters;
    const place = this.value(position);
    const name = NAMED.exec(place)?.[1];
    if (name !== undefined) {
      const other = system.children.get('objects')?.children.get(name);
      if (!(other instanceof NetFilter)) throw new QmpError(`filter '${name}' not found`);
      const index = chain.indexOf(other);
      if (index < 0) throw new QmpError(`filter '${name}' belongs to a different netdev`);
      chain.splice(this.value(insert) === 'before' ? index : index + 1, 0, this);
    } else if (place === 'head') {
      chain.unshift(this);
    } else if (place === 'tail') {
      chain.push(this);
    } else {
      throw new QmpError("Parameter 'position' expects 'head', 'tail' or 'id=<id>'");
    }
  }

  override release(): void {
    const chain = this.#backend?.filters ?? [];
    const index = chain.indexOf(this);
    if (index >= 0) chain.splice(index, 1);
  }
}

/** A filter that takes packets from one character device, or sends them to another. */
class Redirector extends NetFilter {
  protected override onComplete(system: System): void {
    super.onComplete(system);
    const devices = [this.value(indev), this.value(outdev)];
    if (devices.every(id => id === ''))
      throw new QmpError("filter redirector needs 'indev' or 'outdev' at least one property set");
    const [input, output] = devices;
    if (input !== '' && input === output)
      throw new QmpError("'indev' and 'outdev' could not be same for filter redirector");
    for (const id of devices) if (id !== undefined && id !== '') requireChardev(system, id);
  }
}

/** Microseconds for which packets are held back. */
const interval = integerValue('interval', 0n, {
  type: 'uint32',
  range: UINT32,
  check: value => {
    if (value === 0n) throw new QmpError("Property 'filter-buffer.interval' requires a positive value");
    return value;
  },
});

class Mirror extends NetFilter {
  protected override onComplete(system: System): void {
    super.onComplete(system);
    requireChardev(system, this.value(outdev));
  }
}

function requireChardev(system: System, id: string): void {
  if (system.children.get('chardevs')?.children.has(id) !== true)
    throw new QmpError(`Device '${id}' not found`, 'DeviceNotFound');
}

const create: TypeInfo['create'] = type => new NetFilter(type);

export const NET_FILTER_TYPES: readonly TypeInfo[] = [
  {
    name: 'netfilter',
    parent: 'object',
    abstract: true,
    interfaces: ['user-creatable'],
    properties: [netdev, queue, status, position, insert],
    create,
  },
  {
    name: 'filter-buffer',
    parent: 'netfilter',
    properties: [interval],
  },
  {
    name: 'filter-dump',
    parent: 'netfilter',
    properties: [
      integerValue('maxlen', DUMP_LENGTH, { type: 'uint32', range: UINT32 }),
      textValue('file', ''),
    ],
  },
  {
    name: 'filter-mirror',
    parent: 'netfilter',
    properties: [outdev, vnetHeader],
    create: type => new Mirror(type),
  },
  {
    name: 'filter-redirector',
    parent: 'netfilter',
    properties: [outdev, indev, vnetHeader],
    create: type => new Redirector(type),
  },
  { name: 'filter-replay', parent: 'netfilter' },
  { name: 'filter-rewriter', parent: 'netfilter', properties: [vnetHeader] },
];
