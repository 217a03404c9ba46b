import { readBoolean, readInteger, readNumber } from '../base/option-numbers.ts';
import { CliError } from './errors.ts';
import { atLocation } from './report-errors.ts';

const MAX_UINT64 = (1n << 64n) - 1n;

const SIZE_HINT = `Optional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-
and exabytes, respectively.`;

/** A parsed text that may also be worth a warning. */
export interface Parsed<T> {
  readonly value: T;
  readonly warning?: string;
}

/** `on`, `yes`, `true`, `y` and their opposites. */
export function parseBoolean(name: string, text: string, location: string | undefined): boolean {
  return atLocation(location, () => readBoolean(name, text));
}

/** An unsigned 64-bit number; a minus sign wraps around, as C's `strtoull` has it. */
export function parseNumber(name: string, text: string, location: string | undefined): bigint {
  return atLocation(location, () => readNumber(name, text));
}

/** A signed 64-bit number, or undefined where the text is none. */
export function parseSigned(text: string): bigint | undefined {
  const integer = readInteger(text);
  if (integer === undefined) return undefined;
  const value = integer.negative ? -integer.magnitude : integer.magnitude;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** Each unit is 1024 of the one before it. */
const UNITS = 'BKMGTPE';

/**
 * A size in bytes: decimal with an optional fraction, or hexadecimal, and an optional unit letter in either case
 * (`k` is 1024). A fraction that does not come out at whole bytes is cut off; without a unit it is an error.
 * `B` and `E` after a hexadecimal number are digits of it.
 */
export function parseSize(name: string, text: string, location: string | undefined): Parsed<bigint> {
  const hex = /^[ \t\n\v\f\r]*\+?(0x[0-9a-f]+)([kmgtp]?)$/i.exec(text);
  const decimal = /^[ \t\n\v\f\r]*\+?([0-9]+)(?:\.([0-9]*))?([bkmgtpe]?)$/i.exec(text);
  const whole = hex?.[1] ?? decimal?.[1];
  const fraction = decimal?.[2] ?? '';
  const unit = Math.max(0, UNITS.indexOf((hex?.[2] ?? decimal?.[3] ?? '').toUpperCase() || 'B'));
  if (whole === undefined || (unit === 0 && /[1-9]/.test(fraction))) {
    throw CliError.at(location, `Parameter '${name}' expects a non-negative number below 2^64`, SIZE_HINT);
  }

  const scale = 1024n ** BigInt(unit);
  const part = fraction === '' ? 0n : (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  const value = BigInt(whole) * scale + part;
  if (value > MAX_UINT64) {
    throw CliError.at(location, `Value '${text}' is out of range for parameter '${name}'`);
  }
  return hex !== null && unit > 0
    ? { value, warning: `Using a multiplier suffix on hex numbers is deprecated: ${text}` }
    : { value };
}
