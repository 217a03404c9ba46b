import { QmpError } from '../base/errors.ts';
import { isJsonInteger, type JsonObject } from '../base/json.ts';
import type { MemberOrder } from '../base/member-order.ts';
import type { ArgumentError, IntegerFormat } from '../generated/validator.ts';
import { firstUnexpected } from './unexpected-member.ts';

/**
 * QEMU's words for arguments that a validator refused. `errors` are in the order in which QEMU meets them, so
 * the first one counts.
 *
 * QEMU names the place with its whole path (`capabilities[0].state`) where it speaks of a missing or unexpected
 * member or of a JSON type, but with the last name alone, `null` for an element of a list, where it speaks of a
 * value or an alternate.
 */
export function argumentError(
  errors: readonly ArgumentError[],
  args: JsonObject,
  order: MemberOrder,
): QmpError {
  const error = errors[0];
  if (error === undefined) throw new Error('Arguments were refused without an error');
  const path = segments(error.instancePath);
  switch (error.keyword) {
    case 'required':
      return new QmpError(`Parameter '${pathName([...path, error.params.missingProperty])}' is missing`);
    case 'additionalProperties':
      return unexpected(path, errors, memberAt(args, path), order);
    case 'type':
      return wrongType(pathName(path), error.params.type);
    case 'number':
      return wrongType(pathName(path), 'number');
    case 'integer':
      return wrongInteger(path, error.params.format, error.data);
    case 'enum':
      return new QmpError(`Parameter '${lastName(path)}' does not accept value '${String(error.data)}'`);
    case 'alternate':
      return wrongType(lastName(path), error.params.type);
    default:
      throw new Error(`Unforeseen error '${error.keyword}' of a validator`);
  }
}

function wrongType(name: string, expected: string): QmpError {
  return new QmpError(`Invalid parameter type for '${name}', expected: ${EXPECTED[expected] ?? expected}`);
}

/** QEMU's names of JSON types, where they differ. */
const EXPECTED: { readonly [type: string]: string } = { bool: 'boolean' };

/** Signed integers are read as `int64`, unsigned ones as `uint64`; only then the format's own range is looked at. */
function wrongInteger(path: readonly string[], format: IntegerFormat, value: unknown): QmpError {
  const isUnsigned = format.startsWith('uint') || format === 'size';
  const isInteger = isInRange(value, isUnsigned ? 2n ** 64n : 2n ** 63n);
  if (isInteger) return new QmpError(`Parameter '${lastName(path)}' expects ${format}_t`);
  if (isUnsigned) return new QmpError(`Parameter '${pathName(path)}' expects uint64`);
  return wrongType(pathName(path), 'integer');
}

function isInRange(value: unknown, end: bigint): boolean {
  const isInteger = typeof value === 'bigint' || (typeof value === 'number' && isJsonInteger(value));
  return isInteger && value >= -(2n ** 63n) && value < end;
}

function unexpected(
  path: readonly string[],
  errors: readonly ArgumentError[],
  object: JsonObject,
  order: MemberOrder,
): QmpError {
  const first = errors[0];
  const names = new Set<string>();
  for (const error of errors) {
    if (error.keyword === 'additionalProperties' && error.instancePath === first?.instancePath) {
      names.add(error.params.additionalProperty);
    }
  }
  const members = order.sort(Object.keys(object));
  return new QmpError(`Parameter '${pathName([...path, firstUnexpected(members, names)])}' is unexpected`);
}

function memberAt(args: JsonObject, path: readonly string[]): JsonObject {
  let value: unknown = args;
  for (const segment of path) value = Reflect.get(Object(value), segment);
  return Object(value);
}

/** The reference tokens of a JSON pointer (RFC 6901). */
function segments(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `a.b[0].c`; members of QAPI types never have names that look like an index. */
function pathName(path: readonly string[]): string {
  return path.reduce((text, segment) => {
    if (/^\d+$/.test(segment) && text !== '') return `${text}[${segment}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
}

function lastName(path: readonly string[]): string {
  const last = path.at(-1) ?? 'null';
  return path.length > 1 && /^\d+$/.test(last) ? 'null' : last;
}
