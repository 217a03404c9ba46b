import { codePointAt, decodeForMessage, INVALID, isCharacter, sequenceLength } from './utf8.ts';

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** What stands after a backslash, and what it means. */
const ESCAPES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    '"': '"',
    "'": "'",
    '\\': '\\',
    '/': '/',
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
  }).map(([letter, meaning]) => [letter.charCodeAt(0), meaning] as const),
);

/** The value of a string token (with its quotes), or why it has none. */
export type StringResult = { readonly value: string } | { readonly problem: string };

export function parseString(token: Buffer): StringResult {
  const end = token.length - 1;
  let value = '';
  for (let at = 1; at < end; ) {
    const plain = endOfPlain(token, at, end);
    if (plain > at) {
      value += token.toString('latin1', at, plain);
      at = plain;
    } else if (token[at] !== BACKSLASH) {
      const length = sequenceLength(token, at, end);
      const codePoint = codePointAt(token, at, length);
      if (codePoint === INVALID) return { problem: 'invalid UTF-8 sequence in string' };
      value += String.fromCodePoint(codePoint);
      at += length;
    } else if (token[at + 1] === LETTER_U) {
      const unicode = unicodeEscape(token, at);
      if (!isCharacter(unicode.codePoint)) {
        const text = decodeForMessage(token.subarray(at, at + unicode.length));
        return { problem: `${text} is not a valid Unicode character` };
      }
      value += String.fromCodePoint(unicode.codePoint);
      at += unicode.length;
    } else {
      const meaning = ESCAPES.get(token[at + 1] ?? 0);
      if (meaning === undefined) return { problem: 'invalid escape sequence in string' };
      value += meaning;
      at += 2;
    }
  }
  return { value };
}

/** End of the run of ASCII without escapes that starts at `at`. */
function endOfPlain(token: Buffer, at: number, end: number): number {
  let plain = at;
  while (plain < end && (token[plain] ?? 0) < 0x80 && token[plain] !== BACKSLASH) plain++;
  return plain;
}

/** One `\uXXXX`, or two that are a surrogate pair; a code point of `INVALID` where the digits are none. */
function unicodeEscape(token: Buffer, at: number): { codePoint: number; length: number } {
  const first = hexDigits(token, at + 2);
  if (first >= 0xd800 && first <= 0xdbff && token[at + 6] === BACKSLASH && token[at + 7] === LETTER_U) {
    const second = hexDigits(token, at + 8);
    if (second >= 0xdc00 && second <= 0xdfff) {
      return { codePoint: 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff), length: 12 };
    }
  }
  return { codePoint: first, length: 6 };
}

function hexDigits(token: Buffer, at: number): number {
  const text = token.toString('latin1', at, at + 4);
  return /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : INVALID;
}
