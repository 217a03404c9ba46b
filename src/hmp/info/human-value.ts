import type { JsonValue } from '../../base/json.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/**
 * A property's value as `info qtree` shows it: numbers also in hexadecimal, sizes also in a unit, text quoted.
 * @param type the property's type, e.g. `uint32`, `size`, `bool`
 */
export function humanValue(type: string, value: JsonValue): string {
  if (typeof value === 'number' || typeof value === 'bigint') {
    const number = BigInt(value);
    return type === 'size'
      ? `${number} (${humanSize(number)})`
      : `${BigInt.asIntN(64, number)} (0x${BigInt.asUintN(64, number).toString(16)})`;
  }
  if (typeof value === 'string') return `"${value}"`;
  if (value === null) return '<null>';
  return String(value);
}

/** `4 KiB`, `1.5 GiB`: three digits that count, as C's `%0.3g` gives them. */
export function humanSize(bytes: bigint): string {
  let unit = 0;
  let scaled = Number(bytes);
  // The unit changes with the rounded figure: 1023.9 KiB is shown as 1 MiB.
  while (scaled >= 1000 && unit < UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${Number(scaled.toPrecision(3))} ${UNITS[unit]}`;
}
