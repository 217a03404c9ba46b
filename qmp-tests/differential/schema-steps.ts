import { introspection, introspectionOf } from '../../src/generated/introspection.ts';
import type { SchemaInfo } from '../../src/generated/types.ts';
import type { Random } from './random.ts';
import { command, type Habit, type Step, text } from './step.ts';
import { oddValue } from './values.ts';

/** They list all that there is, which is not the same: images of firmware and video memory are not here, for example. */
const INVENTORIES =
  /^(query-(commands|machines|qmp-schema|command-line-options|chardev-backends)|qom-list-types|x-query-(roms|ramblock))$/;
/** What QEMU has not. */
const OURS = /^x-(clock|guest|host|hcall|rtas|vfio|query-(guest|host|vfio|tce))/;
/** It ends the session, or measures time. */
const END = /^(quit|calc-dirty-rate)$/;
/** Others know better what to send, and what QEMU does not survive. */
const OTHERS =
  /^((device|netdev)_add|p?memsave|(object|chardev|blockdev)-add|chardev-change|qom-set|human-monitor-command)$/;
/** After this a reset would be the end. */
const NOT_GIVEN = /^reboot$/;

/** Words for what is called by name. */
const WORDS = [
  ...['d0', 'd1', 'd2', 'p1', 'n0', 'n1', 'c0', 'c1', 'b0', 'b1', 'o0', 'o1', 'mem0', 'nosuch', 'x'],
  ...['/machine', '/machine/peripheral/d0', '/machine/unattached/device[1]', 'type', 'e1000', 'pci.0', ''],
  ...['raw', 'qcow2', 'vnc', 'disk.raw', 'vfio_listener_region_add_iommu', 'qemu64', 'max'],
] as const;

const INTEGERS = ['0', '1', '2', '10', '100', '4096', '1048576', '-1'] as const;

const DEPTH = 4;

type Info<K extends SchemaInfo['meta-type']> = Extract<SchemaInfo, { readonly 'meta-type': K }>;

/** Takes any command there is, and makes up arguments after its description. */
export class SchemaHabit implements Habit {
  readonly #types: ReadonlyMap<string, SchemaInfo>;
  readonly #commands: readonly Info<'command'>[];

  constructor(
    private readonly random: Random,
    target: keyof typeof introspectionOf,
  ) {
    const all = [...introspection, ...introspectionOf[target]];
    this.#types = new Map(all.map(info => [info.name, info]));
    this.#commands = all
      .filter(info => info['meta-type'] === 'command')
      .filter(({ name }) => ![INVENTORIES, OURS, END, OTHERS].some(names => names.test(name)));
  }

  next(): Step {
    const { name, 'arg-type': type } = this.random.pick(this.#commands);
    const info = this.#types.get(type);
    return command(name, info?.['meta-type'] === 'object' ? this.#members(info, DEPTH) : {});
  }

  #members({ members, tag, variants = [] }: Info<'object'>, depth: number): Record<string, string> {
    const { random } = this;
    const chosen: Record<string, string> = {};
    for (const member of members) {
      if (NOT_GIVEN.test(member.name)) continue;
      if (random.chance('default' in member ? 0.3 : 0.95))
        chosen[member.name] = this.#value(member.type, depth);
    }
    if (tag !== undefined) {
      const variant = variants.find(({ case: value }) => chosen[tag] === text(value));
      const info = variant === undefined ? undefined : this.#types.get(variant.type);
      if (info?.['meta-type'] === 'object') Object.assign(chosen, this.#members(info, depth - 1));
    }
    if (random.chance(0.03)) chosen.nosuch = oddValue(random);
    return chosen;
  }

  /** JSON text of a value of this type, or of something else. */
  #value(type: string, depth: number): string {
    const { random } = this;
    const info = this.#types.get(type);
    if (info === undefined || depth === 0 || random.chance(0.08)) return oddValue(random);
    switch (info['meta-type']) {
      case 'builtin':
        return this.#builtin(info['json-type']);
      case 'enum':
        return text(random.pick(info.members).name);
      case 'array': {
        const items = Array.from({ length: random.below(3) }, () =>
          this.#value(info['element-type'], depth - 1),
        );
        return `[${items.join(',')}]`;
      }
      case 'alternate':
        return this.#value(random.pick(info.members).type, depth - 1);
      case 'object': {
        const members = Object.entries(this.#members(info, depth - 1));
        return `{${members.map(([name, value]) => `${text(name)}:${value}`).join(',')}}`;
      }
      default:
        return oddValue(random);
    }
  }

  #builtin(type: Info<'builtin'>['json-type']): string {
    const { random } = this;
    switch (type) {
      case 'string':
        return text(random.pick(WORDS));
      case 'int':
      case 'number':
        return random.pick(INTEGERS);
      case 'boolean':
        return random.pick(['true', 'false']);
      case 'null':
        return 'null';
      default:
        return oddValue(random);
    }
  }
}
