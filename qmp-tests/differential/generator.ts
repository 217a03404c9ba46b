import { ADDRESSES, BUSES, DEVICES, IDS } from './devices.ts';
import { junk } from './junk.ts';
import type { Random } from './random.ts';
import { KnownTree } from './tree.ts';
import { oddValue, valueFor } from './values.ts';

/** What a client sends, and what there is to learn from the answer. */
export interface Step {
  /** Bytes, one a character. */
  readonly bytes: string;
  /** The path that is listed, where the answer tells about the tree. */
  readonly lists?: string;
}

/** How often each kind of step is taken. */
const WEIGHTS = {
  explore: 8,
  get: 14,
  set: 8,
  path: 5,
  add: 14,
  del: 8,
  run: 5,
  query: 3,
  types: 4,
  arguments: 5,
  junk: 6,
} as const;

/** Commands without arguments that change nothing but whether the guest runs, and what asks about it. */
const RUN = ['system_reset', 'stop', 'cont', 'query-status', 'system_powerdown'] as const;
const QUERIES = [
  'query-pci',
  'query-status',
  'query-name',
  'query-uuid',
  'query-kvm',
  'query-target',
] as const;

/** Writing these ends or breaks QEMU itself. */
const NOT_WRITTEN = /^(realized|dumpdtb|cap-.*|hotplug-handler)$/;

/** Asked to remove a part of a device, or of itself, QEMU ends. */
const NOT_REMOVED = /dr-connector|tce-table|xhci-core|thread|source|wdt|rtc|ics/;

/** Makes up a client that explores the object tree, adds and removes devices, and makes mistakes. */
export class Generator {
  readonly tree = new KnownTree();

  constructor(private readonly random: Random) {}

  next(): Step {
    const { random } = this;
    switch (random.weighted(WEIGHTS)) {
      case 'explore':
        return this.#explore();
      case 'get':
        return this.#get();
      case 'set':
        return this.#set();
      case 'path':
        return command(random.pick(['qom-list', 'qom-get']), {
          path: text(this.#oddPath()),
          property: '"type"',
        });
      case 'add':
        return this.#add();
      case 'del':
        return command('device_del', { id: text(this.#deletable()) });
      case 'run':
        return command(random.pick(RUN), {});
      case 'query':
        return command(random.pick(QUERIES), {});
      case 'types':
        return this.#types();
      case 'arguments':
        return this.#wrongArguments();
      case 'junk':
        return { bytes: junk(random) };
    }
  }

  #explore(): Step {
    const { unexplored, explored } = this.tree;
    const path =
      unexplored.length > 0 && this.random.chance(0.8)
        ? this.random.pick(unexplored)
        : this.random.pick(explored.length > 0 ? explored : ['/']);
    return { ...command('qom-list', { path: text(path) }), lists: path };
  }

  /** An existing path, and one of its properties. */
  #place() {
    const { explored } = this.tree;
    if (explored.length === 0) return undefined;
    const path = this.random.pick(explored);
    const properties = this.tree.properties(path);
    return properties.length === 0 ? undefined : { path, property: this.random.pick(properties) };
  }

  #get(): Step {
    const place = this.#place();
    if (place === undefined) return this.#explore();
    const name = this.random.chance(0.05) ? 'nosuch' : place.property.name;
    return command('qom-get', { path: text(place.path), property: text(name) });
  }

  #set(): Step {
    const place = this.#place();
    if (place === undefined || NOT_WRITTEN.test(place.property.name)) return this.#get();
    return command('qom-set', {
      path: text(place.path),
      property: text(place.property.name),
      value: valueFor(this.random, place.property.type),
    });
  }

  /** Partial, doubled, cut, absent. */
  #oddPath(): string {
    const { random } = this;
    const { explored } = this.tree;
    const path = explored.length === 0 ? '/machine' : random.pick(explored);
    const parts = path.split('/').filter(part => part !== '');
    switch (random.below(7)) {
      case 0:
        return parts.slice(random.below(parts.length + 1)).join('/');
      case 1:
        return parts.at(-1) ?? '';
      case 2:
        return `${path}/`;
      case 3:
        return `/${path.replaceAll('/', '//')}`;
      case 4:
        return `${path}/${random.pick(['nosuch', 'type', '..', '.', '', ' '])}`;
      case 5:
        return random.pick(['', '/', '//', '.', 'machine', 'peripheral', 'nosuch', '/nosuch', 'device[0]']);
      default:
        return path.slice(0, random.below(path.length + 1));
    }
  }

  #add(): Step {
    const { random } = this;
    const driver = random.pick(Object.keys(DEVICES));
    const properties = Object.entries(DEVICES[driver] ?? {});
    const options: Record<string, string> = { driver: text(driver) };
    if (random.chance(0.85)) options.id = text(random.pick(IDS));
    // When a host bridge goes at a reset and takes such a bridge along, QEMU ends.
    if (driver === 'pci-bridge') options.bus = text(random.pick(['pci.0', 'br']));
    else if (random.chance(0.4)) options.bus = text(random.pick(BUSES));
    if (random.chance(0.5)) options.addr = text(random.pick(ADDRESSES));
    if (random.chance(0.2)) options.multifunction = random.pick(['true', 'false', '"on"', '1', '"x"']);
    for (const [name, good] of properties) {
      if (random.chance(good.always === true ? 0.85 : 0.12)) {
        options[name] = random.chance(0.8) ? random.pick(good.values) : oddValue(random);
      }
    }
    if (random.chance(0.05))
      options[random.pick(['driver', 'id', 'bus', 'addr', 'nosuch'])] = oddValue(random);
    if (random.chance(0.02)) delete options.driver;
    return command('device_add', options);
  }

  #deletable(): string {
    const { random } = this;
    if (random.chance(0.75)) return random.pick(IDS);
    const odd = this.#oddPath();
    if (random.chance(0.2) && !NOT_REMOVED.test(odd)) return odd;
    const devices = this.tree.explored.filter(path => /\/peripheral(-anon)?\/[^/]+$/.test(path));
    return devices.length === 0 ? 'nosuch' : random.pick(devices);
  }

  #types(): Step {
    const typename = this.random.pick([...Object.keys(DEVICES), ...OTHER_TYPES]);
    return command(this.random.pick(['device-list-properties', 'qom-list-properties']), {
      typename: text(typename),
    });
  }

  #wrongArguments(): Step {
    const { random } = this;
    const [name, member] = random.pick(COMMANDS_WITH_ARGUMENTS);
    const args: Record<string, string> = {};
    if (random.chance(0.7)) args[member] = oddValue(random);
    if (random.chance(0.3)) args[random.pick(['x', 'id', 'path', 'value'])] = oddValue(random);
    return command(name, args);
  }
}

const OTHER_TYPES = ['device', 'pci-device', 'object', 'container', 'nosuch', 'bus', 'PCI', 'virtio-pci'];

const COMMANDS_WITH_ARGUMENTS = [
  ['qom-list', 'path'],
  ['qom-get', 'property'],
  ['qom-get', 'path'],
  ['qom-set', 'value'],
  ['device_del', 'id'],
  ['device_add', 'id'],
  ['device-list-properties', 'typename'],
  ['qom-list-properties', 'typename'],
  ['query-status', 'x'],
  ['nosuch', 'x'],
] as const;

function command(name: string, args: Readonly<Record<string, string>>): Step {
  const members = Object.entries(args).map(([key, value]) => `"${key}":${value}`);
  return { bytes: `{"execute":"${name}","arguments":{${members.join(',')}}}\n` };
}

function text(value: string): string {
  return JSON.stringify(value);
}
