import { QmpError } from './errors.ts';

const MAX_UINT64 = (1n << 64n) - 1n;

const SIZE_HINT = `Optional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-
and exabytes, respectively.`;

/** What a text says, and what whoever wrote it should know. */
export interface ParsedSize {
  /** Bytes. */
  readonly value: bigint;
  readonly warning?: string;
}

/** Each unit is 1024 of the one before it. */
const UNITS = 'BKMGTPE';

/**
 * A size in bytes: decimal with an optional fraction, or hexadecimal, and an optional unit letter in either case
 * (`k` is 1024). A fraction that does not come out at whole bytes is cut off; without a unit it is an error.
 * `B` and `E` after a hexadecimal number are digits of it.
 */
function scan(text: string): { readonly value: bigint; readonly isHexWithUnit: boolean } | undefined {
  const hex = /^[ \t\n\v\f\r]*\+?(0x[0-9a-f]+)([kmgtp]?)$/i.exec(text);
  const decimal = /^[ \t\n\v\f\r]*\+?([0-9]+)(?:\.([0-9]*))?([bkmgtpe]?)$/i.exec(text);
  const whole = hex?.[1] ?? decimal?.[1];
  const fraction = decimal?.[2] ?? '';
  const unit = Math.max(0, UNITS.indexOf((hex?.[2] ?? decimal?.[3] ?? '').toUpperCase() || 'B'));
  if (whole === undefined || (unit === 0 && /[1-9]/.test(fraction))) return undefined;
  const scale = 1024n ** BigInt(unit);
  const part = fraction === '' ? 0n : (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  return { value: BigInt(whole) * scale + part, isHexWithUnit: hex !== null && unit > 0 };
}

/** A size below 2^64; undefined where the text is none. */
export function readSize(text: string): bigint | undefined {
  const value = scan(text)?.value;
  return value === undefined || value > MAX_UINT64 ? undefined : value;
}

/** The same in the words of options. @throws QmpError */
export function parseOptionSize(name: string, text: string): ParsedSize {
  const size = scan(text);
  if (size === undefined) {
    const complaint = `Parameter '${name}' expects a non-negative number below 2^64`;
    throw new QmpError(complaint, 'GenericError', SIZE_HINT);
  }
  const { value, isHexWithUnit } = size;
  if (value > MAX_UINT64) throw new QmpError(`Value '${text}' is out of range for parameter '${name}'`);
  return isHexWithUnit
    ? { value, warning: `Using a multiplier suffix on hex numbers is deprecated: ${text}` }
    : { value };
}
