import type { AnySchemaObject } from 'ajv';
import {
  type Alternate,
  type Contract,
  isAlternate,
  isEnumeration,
  isUnion,
  type Payload,
  referredType,
  type Structure,
  type TypeDefinition,
  tagValues,
  type Union,
  type Value,
} from './documents.ts';

/**
 * What ajv compiles: the documents' types rewritten so that errors come in the order in which QEMU's input
 * visitor meets them (members as declared, each missing or wrong; then unexpected members) and so that
 * unions and alternates report only on the branch that the value has chosen.
 */

/** Smallest and largest value by format. QEMU takes negative numbers for `uint64` and `size`. */
export const INTEGER_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int8: [-(1n << 7n), (1n << 7n) - 1n],
  int16: [-(1n << 15n), (1n << 15n) - 1n],
  int32: [-(1n << 31n), (1n << 31n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
  uint8: [0n, (1n << 8n) - 1n],
  uint16: [0n, (1n << 16n) - 1n],
  uint32: [0n, (1n << 32n) - 1n],
  uint64: [-(1n << 63n), (1n << 64n) - 1n],
  size: [-(1n << 63n), (1n << 64n) - 1n],
};

type Types = Contract['types'];

export function checkOfPayload(payload: Payload | undefined, types: Types): AnySchemaObject {
  if (payload === undefined) return { type: 'object', additionalProperties: false };
  return '$ref' in payload ? { $ref: referredType(payload.$ref) } : checkOfStructure(payload, types);
}

/** The check of a named type. References in it are names of types. */
export function checkOfType(name: string, type: TypeDefinition, types: Types): AnySchemaObject {
  if (isEnumeration(type)) return { type: 'string', enum: type.enum };
  if (isAlternate(type)) return checkOfAlternate(name, type, types);
  return isUnion(type) ? checkOfUnion(type, types) : checkOfStructure(type, types);
}

function checkOfValue(value: Value, types: Types): AnySchemaObject {
  if (value.$ref !== undefined) {
    const name = referredType(value.$ref);
    const type = types[name];
    return type !== undefined && isEnumeration(type) ? checkOfType(name, type, types) : { $ref: name };
  }
  switch (value.type) {
    case undefined:
      return {};
    case 'integer':
      return { integer: value.format };
    case 'number':
      return { number: true };
    case 'array':
      return { type: 'array', items: checkOfValue(value.items ?? {}, types) };
    default:
      return { type: value.type };
  }
}

function checkOfStructure(structure: Structure, types: Types): AnySchemaObject {
  const members = Object.keys(structure.properties);
  const steps = checksOfMembers(structure, types);
  if (structure.additionalProperties !== true) steps.push(nothingBut(members));
  return steps.length > 0 ? { type: 'object', allOf: steps } : { type: 'object' };
}

/**
 * ajv looks for missing members before it looks at the values of any. So each member that must be there
 * begins a step of its own.
 */
function checksOfMembers({ properties, required = [] }: Structure, types: Types): AnySchemaObject[] {
  const steps: { properties: Record<string, AnySchemaObject>; required?: string[] }[] = [];
  for (const [name, value] of Object.entries(properties)) {
    if (required.includes(name)) steps.push({ required: [name], properties: {} });
    else if (steps.length === 0) steps.push({ properties: {} });
    const step = steps.at(-1);
    if (step !== undefined) step.properties[name] = checkOfValue(value, types);
  }
  return steps;
}

function nothingBut(members: readonly string[]): AnySchemaObject {
  const properties = Object.fromEntries(members.map(name => [name, true]));
  return { ...(members.length > 0 ? { properties } : {}), additionalProperties: false };
}

function checkOfUnion(union: Union, types: Types): AnySchemaObject {
  const { propertyName, mapping } = union.discriminator;
  const base = Object.keys(union.properties);
  const branch = (values: readonly string[], variant: TypeDefinition | undefined): AnySchemaObject => {
    if (variant !== undefined && !('properties' in variant)) throw new Error('a variant must be a structure');
    const own = variant === undefined ? [] : checksOfMembers(variant, types);
    const members = [...base, ...Object.keys(variant?.properties ?? {})];
    return {
      properties: { [propertyName]: { enum: values } },
      required: [propertyName],
      allOf: [...own, nothingBut(members)],
    };
  };
  const bare = tagValues(union, types).filter(value => !(value in mapping));
  const oneOf = Object.entries(mapping).map(([value, type]) => branch([value], types[referredType(type)]));
  if (bare.length > 0) oneOf.push(branch(bare, undefined));
  return {
    type: 'object',
    allOf: [...checksOfMembers(union, types), { type: 'object', discriminator: { propertyName }, oneOf }],
  };
}

function checkOfAlternate(name: string, { oneOf }: Alternate, types: Types): AnySchemaObject {
  return oneOf.reduceRight<AnySchemaObject>(
    (otherwise, value) => ({
      if: kindOf(value, types),
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
      then: checkOfValue(value, types),
      else: otherwise,
    }),
    { alternate: name },
  );
}

/** What decides that a value is meant for this type of an alternate: its kind of JSON value alone. */
function kindOf(value: Value, types: Types): AnySchemaObject {
  if (value.$ref !== undefined) {
    const type = types[referredType(value.$ref)];
    return { type: type !== undefined && isEnumeration(type) ? 'string' : 'object' };
  }
  return value.type === 'integer' || value.type === 'number' ? { number: true } : { type: value.type };
}
