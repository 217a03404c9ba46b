/** Values of options, as QEMU reads their text. */

import { QmpError } from './errors.ts';

const MAX_UINT64 = (1n << 64n) - 1n;

/** An integer as C reads it with base 0: `0x` is hexadecimal, a leading `0` octal, white space in front is skipped. */
const INTEGER = /^[ \t\n\v\f\r]*([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i;

/** Sign and magnitude; undefined where the text is no integer. */
export function readInteger(
  text: string,
): { readonly negative: boolean; readonly magnitude: bigint } | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return {
    negative: sign === '-',
    magnitude: BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits),
  };
}

/** The same with its sign, of any size. */
export function readSigned(text: string): bigint | undefined {
  const integer = readInteger(text);
  if (integer === undefined) return undefined;
  return integer.negative ? -integer.magnitude : integer.magnitude;
}

/** An unsigned 64-bit number; a minus sign wraps around, as C's `strtoull` has it. @throws QmpError */
export function readNumber(name: string, text: string): bigint {
  const integer = readInteger(text);
  if (integer === undefined) throw new QmpError(`Parameter '${name}' expects a number`);
  const { negative, magnitude } = integer;
  if (magnitude > MAX_UINT64) throw new QmpError(`Value '${text}' is too large for parameter '${name}'`);
  return negative ? BigInt.asUintN(64, -magnitude) : magnitude;
}

/** `on`, `yes`, `true`, `y` and their opposites. @throws QmpError */
export function readBoolean(name: string, text: string): boolean {
  if (['on', 'yes', 'true', 'y'].includes(text)) return true;
  if (['off', 'no', 'false', 'n'].includes(text)) return false;
  throw new QmpError(`Parameter '${name}' expects 'on' or 'off'`);
}
