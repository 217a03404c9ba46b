import type { Random } from '../differential/random.ts';
import type { Returns } from '../helpers/wire.ts';

type SchemaInfo = Returns<'query-qmp-schema'>[number];
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const NUMBERS = [0, 1, 2, 3, -1, 255, 4096, 65536, 2 ** 20, 2 ** 31, 2 ** 32 - 1, 2 ** 53, 1e30, 1.5];
const ODDLY = 0.03;
const MAX_DEPTH = 6;

/** Makes up values of the types that `query-qmp-schema` describes, most of them right. */
export class SchemaValues {
  readonly #entries: ReadonlyMap<string, SchemaInfo>;

  /** @param words what strings are, as a rule */
  constructor(
    private readonly random: Random,
    schema: readonly SchemaInfo[],
    private readonly words: readonly string[],
  ) {
    this.#entries = new Map(schema.map(entry => [entry.name, entry]));
  }

  /** For a command. */
  argumentsOf(command: string): Record<string, Json> {
    const entry = this.#entries.get(command);
    if (entry?.['meta-type'] !== 'command') throw new Error(`no command ${command}`);
    const value = this.#value(entry['arg-type'], 0);
    return isRecord(value) ? value : {};
  }

  /** Of any type. */
  anything(depth = 0): Json {
    const { random, words } = this;
    const deep = depth < 3 ? 1 : 0;
    switch (random.weighted({ number: 3, word: 4, literal: 2, list: deep, object: deep })) {
      case 'number':
        return random.pick(NUMBERS);
      case 'word':
        return random.pick(words);
      case 'literal':
        return random.pick<Json>([true, false, null]);
      case 'list':
        return this.#several(() => this.anything(depth + 1));
      case 'object':
        return Object.fromEntries(
          this.#several(() => [random.pick(words), this.anything(depth + 1)] as const),
        );
    }
  }

  #value(type: string, depth: number): Json {
    const { random } = this;
    const entry = this.#entries.get(type);
    if (entry === undefined || random.chance(ODDLY)) return this.anything();
    switch (entry['meta-type']) {
      case 'builtin':
        return this.#builtin(entry['json-type']);
      case 'enum':
        return random.pick(entry.values);
      case 'array':
        return depth > MAX_DEPTH ? [] : this.#several(() => this.#value(entry['element-type'], depth + 1));
      case 'alternate':
        return this.#value(random.pick(entry.members).type, depth + 1);
      case 'object':
        return this.#object(entry, depth);
      default:
        return null;
    }
  }

  #object(
    { members, tag, variants = [] }: Extract<SchemaInfo, { 'meta-type': 'object' }>,
    depth: number,
  ): Json {
    const object: Record<string, Json> = {};
    for (const member of members) {
      const isOptional = 'default' in member;
      if (depth > MAX_DEPTH || (isOptional && this.random.chance(0.6))) continue;
      object[member.name] = this.#value(member.type, depth + 1);
    }
    const variant = variants.find(each => tag !== undefined && each.case === object[tag]);
    const more = variant === undefined ? {} : this.#value(variant.type, depth + 1);
    return isRecord(more) ? { ...object, ...more } : object;
  }

  #builtin(type: string): Json {
    switch (type) {
      case 'string':
        return this.random.pick(this.words);
      case 'int':
        return this.random.pick(NUMBERS.filter(Number.isSafeInteger));
      case 'number':
        return this.random.pick(NUMBERS);
      case 'boolean':
        return this.random.chance(0.5);
      case 'null':
        return null;
      default:
        return this.anything();
    }
  }

  #several<T>(make: () => T): T[] {
    return Array.from({ length: this.random.below(3) }, make);
  }
}

function isRecord(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
