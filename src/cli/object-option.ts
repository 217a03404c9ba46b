/** `-object`: what the machine is to create before itself, and what after its character devices. */

import { QmpError } from '../base/errors.ts';
import type { JsonObject, JsonValue } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import type { OptionEntry } from '../base/option-syntax.ts';
import { validators } from '../generated/validators/qom.js';
import type { ObjectSpec } from '../machine/config.ts';
import { OBJECT_TYPES } from '../objects/types.ts';
import { argumentError } from '../qmp/argument-errors.ts';
import { BASE_TYPES } from '../qom/base-types.ts';
import type { Property } from '../qom/property.ts';
import { TypeRegistry } from '../qom/type.ts';
import type { Configuration, ObjectRequest } from './configuration.ts';
import { CliError } from './errors.ts';
import { parseBoolean, parseSigned, parseSize } from './option-values.ts';

export interface ObjectSpecs {
  readonly early: readonly ObjectSpec[];
  /** Those that refer to character devices or network backends. */
  readonly late: readonly ObjectSpec[];
}

const LATE = /^(filter-|rng-egd$|colo-compare$|cryptodev-vhost-user$|qtest$)/;
/** Integers that may be written with a unit. */
const SIZES = new Set(['size', 'align', 'hugetlbsize']);
/** Integers that are lists: `0,2-4`. */
const LISTS = new Set(['host-nodes', 'cpu-affinity', 'node-affinity']);

/**
 * Reads the options, and checks them as far as their types go.
 * @throws CliError with the option's words
 */
export function readObjects({ objects }: Configuration): ObjectSpecs {
  const types = new TypeRegistry();
  types.register([...BASE_TYPES, ...OBJECT_TYPES]);
  const seen = new Set<string>();
  const specs = objects.map(request => {
    const spec = toSpec(request, types);
    if (request.form === 'options' && seen.has(spec.id))
      throw CliError.at(request.location, `Duplicate ID '${spec.id}' for object`);
    seen.add(spec.id);
    return spec;
  });
  return {
    early: specs.filter(({ type }) => !LATE.test(type)),
    late: specs.filter(({ type }) => LATE.test(type)),
  };
}

function toSpec(request: ObjectRequest, types: TypeRegistry): ObjectSpec {
  const { location } = request;
  const value =
    request.form === 'json' ? request.value : fromText(request.id, request.entries, types, location);
  try {
    check(value);
  } catch (error) {
    throw error instanceof QmpError ? CliError.at(location, error.desc, error.hint) : error;
  }
  const { 'qom-type': type, id, ...rest } = value;
  const properties = Object.entries(rest).flatMap(([name, member]: [string, JsonValue | undefined]) =>
    member === undefined ? [] : [[name, member] as const],
  );
  return { type: String(type), id: String(id), properties: new Map(properties) };
}

/** The schema's rules for `object-add` are those of the option, too. */
function check(value: JsonObject): void {
  const validate = validators['object-add'];
  if (validate(value)) return;
  throw argumentError(validate.errors ?? [], value, new MemberOrder());
}

function fromText(
  id: string | undefined,
  entries: readonly OptionEntry[],
  types: TypeRegistry,
  location: string | undefined,
): JsonObject {
  const typeName = entries.findLast(({ name }) => name === 'qom-type')?.value ?? '';
  const type = types.get(typeName);
  const value: Record<string, JsonValue> = { 'qom-type': typeName };
  if (id !== undefined) value.id = id;
  if (type === undefined || !type.isA('user-creatable')) return value;
  const known = type.properties;
  for (const { name, value: text } of entries) {
    if (name === 'qom-type') continue;
    const [first = '', ...rest] = name.split('.');
    const property = known.get(first);
    if (property === undefined) throw CliError.at(location, `Invalid parameter '${name}'`);
    const [member] = rest;
    if (member === undefined) value[name] = read(property, text, location);
    // A member of a structure, written with a dot; those that objects have are numbers.
    else value[first] = { ...asObject(value[first]), [member]: parseSigned(text) ?? text };
  }
  return value;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function read({ name, type }: Property, text: string, location: string | undefined): JsonValue {
  if (type === 'bool') return parseBoolean(name, text, location);
  if (LISTS.has(name)) return readList(name, text, location);
  if (SIZES.has(name)) {
    try {
      return parseSize(name, text, location).value;
    } catch {
      throw CliError.at(location, `Parameter '${name}' expects a size value`);
    }
  }
  if (!/^u?int/.test(type)) return text;
  const number = parseSigned(text);
  if (number === undefined)
    throw CliError.at(location, `Parameter '${name}' expects an int64 value or range`);
  return number;
}

function readList(name: string, text: string, location: string | undefined): JsonValue {
  return text.split(',').flatMap(part => {
    const [first, last = first] = part.split('-').map(parseSigned);
    if (first === undefined || last === undefined || last < first)
      throw CliError.at(location, `Parameter '${name}' expects a uint64 value or range`);
    return Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index));
  });
}
