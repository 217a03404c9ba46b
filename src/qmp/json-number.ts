import { JsonDouble } from '../base/json.ts';

const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** An integer token's value: exact from -2^63 to 2^64-1, beyond that a float, as QEMU has it. */
export function parseInteger(text: string): number | bigint | JsonDouble {
  if (text.length <= 15) return Number(text) || 0;
  // 20 digits are enough for every 64-bit integer.
  if (text.length <= 21) {
    const value = BigInt(text);
    if (value >= MIN_INT64 && value <= MAX_UINT64) {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
  }
  return new JsonDouble(Number(text));
}

/** A float token's value. */
export function parseFloat64(text: string): number | JsonDouble {
  const value = Number(text);
  return Number.isInteger(value) || !Number.isFinite(value) ? new JsonDouble(value) : value;
}

const DIGITS = 17;

/** A float as C's `%.17g` prints it: `0.1` is `0.10000000000000001`, infinity is `inf`. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const sign = value < 0 ? '-' : '';
  const [mantissa = '', exponentText = ''] = roundToDigits(Math.abs(value)).split('e');
  const exponent = Number(exponentText);
  const digits = mantissa.replace('.', '');
  if (exponent < -4 || exponent >= DIGITS) {
    const magnitude = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${trim(`${digits[0]}.${digits.slice(1)}`)}e${exponent < 0 ? '-' : '+'}${magnitude}`;
  }
  if (exponent < 0) return `${sign}${trim(`0.${'0'.repeat(-exponent - 1)}${digits}`)}`;
  return `${sign}${trim(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`)}`;
}

/** Exponential form with 17 digits; a tie goes to the even digit, where JavaScript rounds up. */
function roundToDigits(value: number): string {
  const rounded = value.toExponential(DIGITS - 1);
  const [exact = '', exponent = ''] = value.toExponential(100).split('e');
  const kept = exact.slice(0, DIGITS + 1);
  const isTie = /^50*$/.test(exact.slice(DIGITS + 1));
  return isTie && Number(kept.at(-1)) % 2 === 0 ? `${kept}e${exponent}` : rounded;
}

function trim(text: string): string {
  return text.replace(/\.?0*$/, '');
}
