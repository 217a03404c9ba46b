/** `-net` and `-nic`: network adapters that the board makes, and what they are connected to. */

import { QmpError } from '../base/errors.ts';
import type { Machine } from '../machine/machine.ts';
import type { TextArguments } from '../qmp/text-arguments.ts';
import { netdevOptions } from './checked-options.ts';
import type { OptionsForm } from './configuration.ts';
import { NETDEV_TYPES } from './netdev-types.ts';
import { parseSigned } from './option-values.ts';

const MAX_NICS = 8;
/** All that `-net` connects is connected to one hub. */
const HUB = 0;
const MAX_VECTORS = 0x7ffffffn;
const UINT32_MAX = 0xffffffffn;
const MULTICAST = 1;
const NIC_OPTIONS: readonly string[] = ['type', 'netdev', 'macaddr', 'model', 'addr', 'vectors'];

/** An adapter and its backend, which nobody else sees. @throws QmpError */
export function addNic(machine: Machine, reader: TextArguments, request: OptionsForm): void {
  const given = valuesOf(request);
  const type = given.get('type') ?? 'user';
  if (type === 'none') return;
  const address = given.get('mac');
  if (machine.network.slots.length >= MAX_NICS) throw new QmpError('too many NICs');
  const mac = address === undefined ? undefined : parseMac(address);
  const id = request.id ?? machine.network.automaticName();
  const own = ['type', 'mac', 'model'];
  const entries = request.entries.filter(({ name }) => !own.includes(name));
  checkType(type);
  const all = [{ name: 'type', value: type }, ...entries];
  machine.network.add(netdevOptions(reader, { ...request, id, entries: all }));
  // As QEMU 7.2 has it: the number that nobody can give here counts as given.
  addSlot(machine, { model: given.get('model'), mac, vectors: 0, backend: id });
}

/** An adapter, or a backend, at the hub. @throws QmpError */
export function addNet(machine: Machine, reader: TextArguments, request: OptionsForm): void {
  const given = valuesOf(request);
  const type = given.get('type');
  if (type === undefined) throw new QmpError("Parameter 'type' is missing");
  checkType(type);
  if (type === 'nic') {
    addHubNic(machine, given, request);
    return;
  }
  if (type === 'none') {
    const unknown = request.entries.find(({ name }) => name !== 'type');
    if (unknown !== undefined) throw new QmpError(`Invalid parameter '${unknown.name}'`);
    return;
  }
  const id = request.id ?? machine.network.automaticName();
  const options = netdevOptions(reader, { ...request, id });
  if (type === 'hubport') throw new QmpError(`network backend '${type}' is only supported with -netdev/-nic`);
  machine.network.addHubPort(HUB).connect(machine.network.addUnlisted(options));
}

function addHubNic(machine: Machine, given: ReadonlyMap<string, string>, request: OptionsForm): void {
  const unknown = request.entries.findLast(({ name }) => !NIC_OPTIONS.includes(name));
  if (unknown !== undefined) throw new QmpError(`Invalid parameter '${unknown.name}'`);
  const vectors = parseVectors(given.get('vectors'));
  const { network, system } = machine;
  const netdev = given.get('netdev');
  if (network.slots.length >= MAX_NICS) throw new QmpError('too many NICs');
  if (netdev !== undefined && system.netClients.backend(netdev) === undefined)
    throw new QmpError(`netdev '${netdev}' not found`);
  const address = given.get('macaddr');
  const mac = address === undefined ? undefined : parseMac(address);
  addSlot(machine, {
    model: given.get('model'),
    mac,
    vectors,
    addr: given.get('addr'),
    backend: netdev ?? network.addHubPort(HUB).name,
    name: request.id,
  });
}

interface Slot {
  readonly model: string | undefined;
  readonly mac: string | undefined;
  readonly vectors?: number | undefined;
  readonly addr?: string | undefined;
  readonly backend: string;
  readonly name?: string | undefined;
}

function addSlot({ network, system }: Machine, { mac, model, vectors, addr, backend, name }: Slot): void {
  const address = mac ?? system.macs.next();
  system.macs.use(address);
  network.slots.push({ model, mac: address, vectors, addr, backend, name, isMade: false });
}

function checkType(type: string): void {
  if (!NETDEV_TYPES.includes(type)) throw new QmpError(`Parameter 'type' does not accept value '${type}'`);
}

function valuesOf({ entries }: OptionsForm): ReadonlyMap<string, string> {
  return new Map(entries.map(({ name, value }) => [name, value]));
}

/** One or two digits for each byte. @returns the address in full */
function parseMac(text: string): string {
  if (!/^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i.test(text))
    throw new QmpError('invalid syntax for ethernet address');
  const bytes = text.split(/[:-]/).map(byte => Number.parseInt(byte, 16));
  if (((bytes[0] ?? 0) & MULTICAST) !== 0) throw new QmpError('NIC cannot have multicast MAC address');
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join(':');
}

function parseVectors(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = parseSigned(text);
  if (value === undefined) throw new QmpError("Parameter 'vectors' expects integer");
  if (value < 0n || value > UINT32_MAX) throw new QmpError("Parameter 'vectors' expects uint32_t");
  if (value > MAX_VECTORS) throw new QmpError(`invalid # of vectors: ${value}`);
  return Number(value);
}
