import { QmpError } from '../base/errors.ts';
import type { JsonObject, JsonValue } from '../base/json.ts';
import { readBoolean, readSigned } from '../base/option-numbers.ts';
import { readSize } from '../base/option-size.ts';
import type { SchemaInfo } from '../generated/types.ts';

/** Values that came as text: leaves are texts, in objects and lists. */
export type TextValue = string | readonly TextValue[] | { readonly [name: string]: TextValue };

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

  #object(type: string, text: { readonly [name: string]: TextValue }): JsonObject {
    const members = this.#members(type, text);
    return Object.fromEntries(
      Object.entries(text).map(([name, value]): [string, JsonValue] => {
        const member = members.get(name);
        return [name, member === undefined ? asJson(value) : this.#value(member, value, name)];
      }),
    );
  }

  /** Types by name, of a union's chosen variant too. */
  #members(type: string, text: { readonly [name: string]: TextValue }): ReadonlyMap<string, string> {
    const entry = this.#entries.get(type);
    if (entry?.['meta-type'] !== 'object') return new Map();
    const own = entry.members.map(member => [member.name, member.type] as const);
    const tag = entry.tag === undefined ? undefined : text[entry.tag];
    const variant = entry.variants?.find(each => each.case === tag);
    return new Map([...own, ...(variant === undefined ? [] : this.#members(variant.type, text))]);
  }

  #value(type: string, text: TextValue, name: string): JsonValue {
    const element = /^\[(.*)\]$/.exec(type)?.[1];
    if (element !== undefined) {
      if (!Array.isArray(text)) throw new QmpError(`Invalid parameter type for '${name}', expected: array`);
      return text.map((each: TextValue) => this.#value(element, each, name));
    }
    if (typeof text !== 'string') {
      if (Array.isArray(text)) return asJson(text);
      const chosen = this.#alternative(type, 'object') ?? type;
      return this.#object(chosen, text as { readonly [name: string]: TextValue });
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
  const isSize = SIZES.test(name);
  const value = isSize ? readSize(text) : readSigned(text);
  if (value === undefined) throw new QmpError(`Parameter '${name}' expects ${isSize ? 'size' : 'integer'}`);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
