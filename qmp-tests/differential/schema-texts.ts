import type { SchemaInfo } from '../../src/generated/types.ts';
import type { Random } from './random.ts';
import { text } from './step.ts';
import { oddValue } from './values.ts';

const INTEGERS = ['0', '1', '2', '10', '100', '4096', '1048576', '-1'] as const;
const DEPTH = 4;

type Info<K extends SchemaInfo['meta-type']> = Extract<SchemaInfo, { readonly 'meta-type': K }>;

/** Makes up JSON texts of the types that `query-qmp-schema` describes, most of them right. */
export class SchemaTexts {
  readonly #types: ReadonlyMap<string, SchemaInfo>;

  constructor(
    private readonly random: Random,
    schema: readonly SchemaInfo[],
    private readonly options: {
      /** For what is called by name. */
      readonly words: readonly string[];
      /** Whether a member is ever given. */
      readonly isGiven: (name: string) => boolean;
    },
  ) {
    this.#types = new Map(schema.map(info => [info.name, info]));
  }

  /** By name, for a command. */
  argumentsOf(command: string): Record<string, string> {
    const entry = this.#types.get(command);
    const info = entry?.['meta-type'] === 'command' ? this.#types.get(entry['arg-type']) : undefined;
    return info?.['meta-type'] === 'object' ? this.#members(info, DEPTH) : {};
  }

  #members({ members, tag, variants = [] }: Info<'object'>, depth: number): Record<string, string> {
    const { random } = this;
    const chosen: Record<string, string> = {};
    for (const member of members) {
      if (!this.options.isGiven(member.name)) continue;
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
        return text(random.pick(this.options.words));
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
