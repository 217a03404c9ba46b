import { BadArguments, isSpace } from './input.ts';
import type { Parameter } from './parameters.ts';

/** Octal, hexadecimal, unsigned, decimal, characters, machine code. */
type Letter = 'o' | 'x' | 'u' | 'd' | 'c' | 'i';
/** Bytes of a value. */
type Size = 1 | 2 | 4 | 8;

const LETTERS: Readonly<Record<string, Letter>> = { o: 'o', x: 'x', u: 'u', d: 'd', c: 'c', i: 'i' };
const SIZES: Readonly<Record<string, Size>> = { b: 1, h: 2, w: 4, g: 8 };
const MAX_COUNT = 65536;

/** How numbers are shown. */
export interface NumberFormat {
  readonly letter: Letter;
  readonly size: Size;
}

/** What a command says of it: the rest is as the last command had it. */
export interface GivenFormat {
  readonly count: number;
  readonly letter: Letter | undefined;
  readonly size: Size | undefined;
}

/** `/4xw`: how many, what they look like, how long they are; or nothing. */
export const numberFormat: Parameter<GivenFormat> = {
  read: input => {
    input.skipSpace();
    if (!input.takes('/')) return { count: 1, letter: undefined, size: undefined };
    const digits = input.takeUntil(character => !/[0-9]/.test(character));
    let letter: Letter | undefined;
    let size: Size | undefined;
    while (input.next !== undefined && !isSpace(input.next)) {
      const { next } = input;
      if (next in LETTERS) letter = LETTERS[next];
      else if (next in SIZES) size = SIZES[next];
      else throw new BadArguments(`invalid char in format: '${next}'\n`);
      input.position++;
    }
    const count = digits === '' ? 1 : Number(digits);
    if (count > MAX_COUNT) throw new BadArguments(`not more than ${MAX_COUNT} at once\n`);
    return { count, letter, size };
  },
};

/** There are no columns of machine code. */
export type CellFormat = NumberFormat & { readonly letter: Exclude<Letter, 'i'> };

/** A number by itself. @param value of 64 bits, signed */
export function printNumber(value: bigint, letter: Letter): string {
  const unsigned = BigInt.asUintN(64, value);
  switch (letter) {
    case 'o':
      return octal(unsigned);
    case 'x':
      return unsigned === 0n ? '0' : `0x${unsigned.toString(16)}`;
    case 'u':
      return String(unsigned);
    case 'd':
    case 'i':
      return String(value);
    case 'c':
      return character(Number(unsigned & 0xffn));
  }
}

/** A number in a column. @param value of so many bytes, unsigned */
export function printCell(value: bigint, { letter, size }: CellFormat): string {
  const bits = size * 8;
  switch (letter) {
    case 'o':
      return octal(value).padStart(Math.floor((bits + 2) / 3));
    case 'x':
      return `0x${value.toString(16).padStart(bits / 4, '0')}`;
    case 'u':
      return String(value).padStart(decimalDigits(bits));
    case 'd':
      return String(BigInt.asIntN(64, value)).padStart(decimalDigits(bits));
    case 'c':
      return character(Number(value));
  }
}

function decimalDigits(bits: number): number {
  return Math.floor((bits * 10 + 32) / 33);
}

function octal(value: bigint): string {
  return value === 0n ? '0' : `0${value.toString(8)}`;
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x27, "\\'"],
  [0x5c, '\\\\'],
]);

function character(code: number): string {
  const isPlain = code >= 0x20 && code <= 0x7e;
  const text = isPlain ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, '0')}`;
  return `'${ESCAPES.get(code) ?? text}'`;
}
