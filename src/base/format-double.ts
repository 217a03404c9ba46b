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
