/** So many are enough to tell all floats apart. */
const ALL_DIGITS = 17;

/**
 * A float as C's `%.17g` prints it: `0.1` is `0.10000000000000001`, infinity is `inf`.
 * @param digits that are significant, in place of 17
 */
export function formatDouble(value: number, digits = ALL_DIGITS): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const sign = value < 0 ? '-' : '';
  const [mantissa = '', exponentText = ''] = roundToDigits(Math.abs(value), digits).split('e');
  const exponent = Number(exponentText);
  const figures = mantissa.replace('.', '');
  if (exponent < -4 || exponent >= digits) {
    const magnitude = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${trim(`${figures[0]}.${figures.slice(1)}`)}e${exponent < 0 ? '-' : '+'}${magnitude}`;
  }
  if (exponent < 0) return `${sign}${trim(`0.${'0'.repeat(-exponent - 1)}${figures}`)}`;
  return `${sign}${trim(`${figures.slice(0, exponent + 1)}.${figures.slice(exponent + 1)}`)}`;
}

/** Exponential form with so many digits; a tie goes to the even digit, where JavaScript rounds up. */
function roundToDigits(value: number, digits: number): string {
  const rounded = value.toExponential(digits - 1);
  const [exact = '', exponent = ''] = value.toExponential(100).split('e');
  const kept = exact.slice(0, digits + 1);
  const isTie = /^50*$/.test(exact.slice(digits + 1));
  return isTie && Number(kept.at(-1)) % 2 === 0 ? `${kept}e${exponent}` : rounded;
}

function trim(text: string): string {
  return text.replace(/\.?0*$/, '');
}
