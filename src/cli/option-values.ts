import { readBoolean, readInteger, readNumber } from '../base/option-numbers.ts';
import { parseOptionSize } from '../base/option-size.ts';
import { atLocation } from './report-errors.ts';

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

/** A size in bytes (see `base/option-size.ts`). @throws CliError */
export function parseSize(name: string, text: string, location: string | undefined): Parsed<bigint> {
  return atLocation(location, () => parseOptionSize(name, text));
}
