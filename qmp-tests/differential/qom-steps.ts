import type { Knowledge } from './knowledge.ts';
import type { Random } from './random.ts';
import { command, type Habit, human, type Step, text } from './step.ts';
import { valueFor } from './values.ts';

/** Writing these ends or breaks QEMU itself. */
const NOT_WRITTEN = /^(realized|dumpdtb|cap-.*|hotplug-handler|smp|memory|boot|queues|sgx-epc|vsmt)$/;

const WEIGHTS = { explore: 8, get: 14, set: 8, path: 5, typed: 4, types: 5 } as const;

/** Types that are no devices. */
const OTHER_TYPES = [
  ...['device', 'pci-device', 'object', 'container', 'nosuch', 'bus', 'PCI', 'virtio-pci', 'tls-creds'],
  ...['memory-backend-ram', 'memory-backend-file', 'iothread', 'secret', 'rng-random', 'throttle-group'],
  ...['chardev-socket', 'filter-buffer', 'machine', 'virtio-bus', 'user-creatable', 'System'],
] as const;

/** Looks around in the object tree, and changes what it finds. */
export class QomHabit implements Habit {
  constructor(
    private readonly random: Random,
    private readonly knowledge: Knowledge,
    private readonly devices: readonly string[],
  ) {}

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
          path: text(this.oddPath()),
          property: '"type"',
        });
      case 'typed':
        return this.#typed();
      case 'types':
        return this.#types();
    }
  }

  #explore(): Step {
    const { unexplored, explored } = this.knowledge;
    const path =
      unexplored.length > 0 && this.random.chance(0.8)
        ? this.random.pick(unexplored)
        : this.random.pick(explored.length > 0 ? explored : ['/']);
    return { ...command('qom-list', { path: text(path) }), lists: path };
  }

  /** An existing path, and one of its properties. */
  #place() {
    const { explored } = this.knowledge;
    if (explored.length === 0) return undefined;
    const path = this.random.pick(explored);
    // Where an interrupt line leads is not known here.
    const properties = this.knowledge.properties(path).filter(({ type }) => type !== 'link<irq>');
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

  /** The same, as a person types it. */
  #typed(): Step {
    const { random } = this;
    const place = this.#place();
    if (place === undefined) return this.#explore();
    const { path, property } = place;
    if (random.chance(0.3)) return human(`qom-list ${path}`);
    if (random.chance(0.6) || NOT_WRITTEN.test(property.name))
      return human(`qom-get ${path} ${property.name}`);
    const value = random.pick(['1', 'on', '-1', '"a b"', 'x', '', '1 2', '/machine']);
    return human(`qom-set ${random.chance(0.2) ? '-j ' : ''}${path} ${property.name} ${value}`);
  }

  /** Partial, doubled, cut, absent. */
  oddPath(): string {
    const { random } = this;
    const { explored } = this.knowledge;
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

  #types(): Step {
    const { random } = this;
    const typename = random.chance(0.7) ? random.pick(this.devices) : random.pick(OTHER_TYPES);
    const name = random.pick(['device-list-properties', 'device-list-properties', 'qom-list-properties']);
    const step = command(name, { typename: text(typename) });
    return name === 'device-list-properties' ? { ...step, describes: typename } : step;
  }
}
