import { QmpError } from '../base/errors.ts';
import type { Bus } from './bus.ts';
import type { Device } from './device.ts';

/**
 * The bus that a user means by `bus=`: a bus name anywhere in the machine (`pci.0`), or a path of
 * device and bus names (`pci.0/bridge1/br1`).
 * @throws QmpError
 */
export function findBus(mainBus: Bus, path: string): Bus {
  const parts = path.split('/');
  let bus: Bus;
  let rest: string[];
  if (path.startsWith('/')) {
    bus = mainBus;
    rest = parts.slice(1);
  } else {
    const [name = '', ...others] = parts;
    const found = searchBus(mainBus, candidate => candidate.busName === name);
    if (found === undefined) throw new QmpError(`Bus '${name}' not found`);
    bus = found;
    rest = others;
  }
  rest = rest.filter(part => part !== '');
  for (let i = 0; i < rest.length; i += 2) {
    const device = findOnBus(bus, rest[i] ?? '');
    bus = childBus(device, rest[i + 1]);
  }
  if (bus.isFull) throw new QmpError(`Bus '${path}' is full`);
  return bus;
}

/** The bus that a device without `bus=` goes on: the first of its type with room, newest branches first. */
export function findBusOfType(mainBus: Bus, type: string): Bus | undefined {
  const bus = searchBus(mainBus, candidate => candidate.type.isA(type));
  return bus?.isFull === true ? undefined : bus;
}

/** Depth first, newest first; a full bus is taken only if there is no other. */
function searchBus(bus: Bus, matches: (bus: Bus) => boolean): Bus | undefined {
  let pick: Bus | undefined;
  if (matches(bus)) {
    if (!bus.isFull) return bus;
    pick = bus;
  }
  for (const device of bus.devices) {
    for (let i = device.childBuses.length - 1; i >= 0; i--) {
      const child = device.childBuses[i];
      const found = child && searchBus(child, matches);
      if (found !== undefined && !found.isFull) return found;
      pick ??= found;
    }
  }
  return pick;
}

function findOnBus(bus: Bus, name: string): Device {
  const device =
    bus.devices.find(each => each.id === name) ?? bus.devices.find(each => each.type.name === name);
  if (device !== undefined) return device;
  const there = bus.devices.map(({ type, id }) => `"${type.name}"${id === undefined ? '' : `/"${id}"`}`);
  throw new QmpError(
    `Device '${name}' not found`,
    'DeviceNotFound',
    listOf(`devices at "${bus.busName}"`, there),
  );
}

function childBus(device: Device, busName: string | undefined): Bus {
  const name = device.id ?? device.type.name;
  const there = device.childBuses.map(bus => `"${bus.busName}"`).reverse();
  const hint = listOf(`child buses at "${name}"`, there);
  if (busName === undefined) {
    const [only, ...others] = device.childBuses;
    if (only === undefined) throw new QmpError(`Device '${name}' has no child bus`);
    if (others.length > 0)
      throw new QmpError(`Device '${name}' has multiple child buses`, 'GenericError', hint);
    return only;
  }
  const bus = device.childBuses.find(each => each.busName === busName);
  if (bus === undefined) throw new QmpError(`Bus '${busName}' not found`, 'GenericError', hint);
  return bus;
}

/** What there is instead, for a person. */
function listOf(title: string, names: readonly string[]): string {
  return `${title}:${names.map(name => ` ${name}`).join(',')}`;
}
