import { QmpError } from '../base/errors.ts';
import { formatDouble } from '../base/format-double.ts';
import { isJsonInteger, isJsonObject, JsonDouble, type JsonObject, type JsonValue } from '../base/json.ts';
import { readBoolean, readSigned } from '../base/option-numbers.ts';
import { readSize } from '../base/option-size.ts';

/**
 * Where a property's new value comes from. The same property is set from typed JSON (`qom-set`,
 * `-device '{…}'`) and from text (`device_add`, `-device driver,k=v`), with other texts for what is wrong.
 * `name` is what the client called the value; it stands in the messages.
 */
export interface InputVisitor {
  bool(name: string): boolean;
  string(name: string): string;
  /** @param range.type the C type's name, as it stands in the message for a value out of range */
  integer(name: string, range: IntegerRange): bigint;
  /** Bytes; text may carry a suffix (`64K`, `1.5G`). */
  size(name: string): bigint;
  /** One of `values`. */
  choice(name: string, values: readonly string[]): string;
  /** The value as it stands, for properties of structured type. */
  object(name: string): JsonObject;
  /** The value as it stands, for properties that are lists. */
  list(name: string): readonly JsonValue[];
  /** True for values that arrive as text, whose types were lost on the way. */
  readonly textual: boolean;
}

export interface IntegerRange {
  readonly type: string;
  readonly minimum: bigint;
  readonly maximum: bigint;
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

function inRange(name: string, value: bigint, range: IntegerRange): bigint {
  if (value < range.minimum || value > range.maximum)
    throw new QmpError(`Parameter '${name}' expects ${range.type}`);
  return value;
}

function oneOf(name: string, value: string, values: readonly string[]): string {
  if (!values.includes(value)) throw new QmpError(`Parameter '${name}' does not accept value '${value}'`);
  return value;
}

/** Values from JSON, strictly typed. */
export class JsonVisitor implements InputVisitor {
  readonly textual = false;

  constructor(private readonly value: JsonValue) {}

  bool(name: string): boolean {
    if (typeof this.value !== 'boolean') throw wrongType(name, 'boolean');
    return this.value;
  }

  string(name: string): string {
    if (typeof this.value !== 'string') throw wrongType(name, 'string');
    return this.value;
  }

  integer(name: string, range: IntegerRange): bigint {
    const value = this.value;
    if (isJsonInteger(value)) {
      const integer = BigInt(value);
      // A property of unsigned 64 bits takes a negative JSON number as its two's complement, as QEMU does.
      const wrapped =
        range.minimum === 0n && integer < 0n && integer >= INT64_MIN ? integer + UINT64_MAX + 1n : integer;
      if (range.minimum < 0n && integer > INT64_MAX) throw wrongType(name, 'integer');
      return inRange(name, wrapped, range);
    }
    if (range.minimum === 0n) throw new QmpError(`Parameter '${name}' expects uint64`);
    throw wrongType(name, 'integer');
  }

  size(name: string): bigint {
    return this.integer(name, UINT64);
  }

  choice(name: string, values: readonly string[]): string {
    return oneOf(name, this.string(name), values);
  }

  object(name: string): JsonObject {
    if (!isJsonObject(this.value)) throw wrongType(name, 'object');
    return this.value;
  }

  list(name: string): readonly JsonValue[] {
    if (!Array.isArray(this.value)) throw wrongType(name, 'array');
    return this.value;
  }
}

function wrongType(name: string, expected: string): QmpError {
  return new QmpError(`Invalid parameter type for '${name}', expected: ${expected}`);
}

/** Values from text, as in `device_add`, whose arguments pass through QEMU's string options. */
export class TextVisitor implements InputVisitor {
  readonly textual = true;

  constructor(private readonly text: string) {}

  bool(name: string): boolean {
    return readBoolean(name, this.text);
  }

  string(): string {
    return this.text;
  }

  integer(name: string, range: IntegerRange): bigint {
    const value = readSigned(this.text);
    if (value === undefined) throw new QmpError(`Parameter '${name}' expects integer`);
    if (range.maximum === UINT64_MAX) {
      // Like strtoull, a minus sign wraps around.
      const wrapped = value < 0n ? value + UINT64_MAX + 1n : value;
      if (wrapped < 0n || wrapped > UINT64_MAX) throw new QmpError(`Parameter '${name}' expects integer`);
      return wrapped;
    }
    // Narrower types are read as 64 bits first: beyond them is no integer at all.
    const [low, high] = range.minimum < 0n ? [INT64_MIN, INT64_MAX] : [INT64_MIN, UINT64_MAX];
    if (value < low || value > high) throw new QmpError(`Parameter '${name}' expects integer`);
    return inRange(name, value, range);
  }

  size(name: string): bigint {
    const value = readSize(this.text);
    if (value === undefined) throw new QmpError(`Parameter '${name}' expects size`);
    return value;
  }

  choice(name: string, values: readonly string[]): string {
    return oneOf(name, this.text, values);
  }

  object(name: string): JsonObject {
    throw wrongType(name, 'object');
  }

  /** Numbers and ranges of them: `0,2-4`. */
  list(name: string): readonly JsonValue[] {
    return this.text.split(',').flatMap(part => {
      const [first, last = first] = part.split('-').map(readSigned);
      if (first === undefined || last === undefined || last < first)
        throw new QmpError(`Parameter '${name}' expects a list of uint16 values`);
      return Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index));
    });
  }
}

export const UINT64: IntegerRange = { type: 'uint64', minimum: 0n, maximum: UINT64_MAX };
export const UINT32: IntegerRange = { type: 'uint32_t', minimum: 0n, maximum: 0xffffffffn };
export const UINT16: IntegerRange = { type: 'uint16_t', minimum: 0n, maximum: 0xffffn };
export const UINT8: IntegerRange = { type: 'uint8_t', minimum: 0n, maximum: 0xffn };
export const INT64: IntegerRange = { type: 'int64_t', minimum: INT64_MIN, maximum: INT64_MAX };
export const INT32: IntegerRange = { type: 'int32_t', minimum: -0x80000000n, maximum: 0x7fffffffn };

/** The visitor for a value of `device_add`: every scalar becomes text; anything else has no text. */
export function textOf(value: JsonValue | undefined): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'on' : 'off';
    case 'number':
      return Number.isInteger(value) ? String(value) : formatDouble(value);
    case 'bigint':
      return String(value);
    default:
      return value instanceof JsonDouble ? formatDouble(value.value) : undefined;
  }
}
