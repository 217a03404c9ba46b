import { QmpError } from '../base/errors.ts';
import type { JsonObject, JsonValue } from '../base/json.ts';
import { readBoolean, readSigned } from '../base/option-numbers.ts';
import { readSize } from '../base/option-size.ts';
import type { SchemaInfo } from '../generated/types.ts';

/** Values that came as text: leaves are texts, in objects and lists. */
export type TextValue = string | readonly TextValue[] | { readonly [name: string]: TextValue };

interface Member {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
}

/** Types of values that have no parts. */
const NUMBERS: ReadonlySet<string> = new Set(['int', 'bool']);

/** Gives text the types that a command's arguments have, so that it can be checked like arguments from a wire. */
export class TextArguments {
  readonly #entries: ReadonlyMap<string, SchemaInfo>;

  /** @param introspection what `query-qmp-schema` returns */
  constructor(introspection: readonly SchemaInfo[]) {
    this.#entries = new Map(introspection.map(entry => [entry.name, entry]));
  }

  /** @throws QmpError where a text cannot be of its type; members that are not known stay text */
  read(command: string, text: { readonly [name: string]: TextValue }): JsonObject {
    const entry = this.#entries.get(command);
    if (entry?.['meta-type'] !== 'command') throw new Error(`no command ${command}`);
    return this.#object(entry['arg-type'], text);
  }

  /** Members are read in the order of their declaration; the first that is wrong counts, or is missing before that. */
  #object(type: string, text: { readonly [name: string]: TextValue }, prefix = ''): JsonObject {
    const members = this.#members(type, text);
    const values = new Map<string, JsonValue>();
    let missing: string | undefined;
    for (const { name, type: memberType, isOptional } of members) {
      const value = Object.hasOwn(text, name) ? text[name] : undefined;
      if (value === undefined) {
        if (!isOptional) missing ??= `${prefix}${name}`;
        continue;
      }
      try {
        values.set(name, this.#value(memberType, value, `${prefix}${name}`));
      } catch (error) {
        if (missing === undefined || !(error instanceof QmpError)) throw error;
        throw new QmpError(`Parameter '${missing}' is missing`);
      }
    }
    return Object.fromEntries(
      Object.entries(text).map(([name, value]): [string, JsonValue] => [
        name,
        values.get(name) ?? asJson(value),
      ]),
    );
  }

  /** A union's chosen variant's too. */
  #members(type: string, text: { readonly [name: string]: TextValue }): readonly Member[] {
    const entry = this.#entries.get(type);
    if (entry?.['meta-type'] !== 'object') return [];
    const own = entry.members.map(member => ({ ...member, isOptional: 'default' in member }));
    const tag = entry.tag === undefined ? undefined : text[entry.tag];
    const variant = entry.variants?.find(each => each.case === tag);
    return [...own, ...(variant === undefined ? [] : this.#members(variant.type, text))];
  }

  #value(type: string, text: TextValue, name: string): JsonValue {
    const element = /^\[(.*)\]$/.exec(type)?.[1];
    if (element !== undefined) {
      if (!Array.isArray(text)) throw new QmpError(`Invalid parameter type for '${name}', expected: array`);
      return text.map((each: TextValue, index) => this.#value(element, each, `${name}.${index}`));
    }
    if (typeof text !== 'string') {
      if (Array.isArray(text)) return asJson(text);
      const chosen = this.#alternative(type, 'object') ?? type;
      if (NUMBERS.has(chosen)) throw new QmpError(`Parameters '${name}.*' are unexpected`);
      return this.#object(chosen, text as { readonly [name: string]: TextValue }, `${name}.`);
    }
    const leaf = this.#alternative(type, 'string') ?? type;
    switch (leaf) {
      case 'bool':
        return readBoolean(name, text);
      case 'int':
        return readNumber(name, text);
      default:
        return text;
    }
  }

  /** Of an alternate: the type that takes this kind of value. */
  #alternative(type: string, kind: 'object' | 'string'): string | undefined {
    const entry = this.#entries.get(type);
    if (entry?.['meta-type'] !== 'alternate') return undefined;
    return entry.members.find(({ type: each }) =>
      kind === 'object' ? this.#entries.get(each)?.['meta-type'] === 'object' : each === 'str',
    )?.type;
  }
}

function asJson(text: TextValue): JsonValue {
  if (typeof text === 'string') return text;
  if (Array.isArray(text)) return text.map(asJson);
  return Object.fromEntries(Object.entries(text).map(([name, value]) => [name, asJson(value)]));
}

/** Integers that may have a unit; introspection does not tell them apart from others. */
const SIZES = /^(size|align|offset|sndbuf|hugetlbsize|(.*-)?cache-(entry-)?size)$/;

function readNumber(name: string, text: string): JsonValue {
  const isSize = SIZES.test(name.replace(/^.*\./, ''));
  const value = isSize ? readSize(text) : readSigned(text);
  if (value === undefined) throw new QmpError(`Parameter '${name}' expects ${isSize ? 'size' : 'integer'}`);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
