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
