import type { JsonValue } from '../base/json.ts';

const OTHER = 0;
const QUOTE = 1;
const OPEN = 2;
const CLOSE = 3;
const COLON = 4;
const ZERO = 5;
const DIGIT = 6;
const MINUS = 7;
const UNUSUAL = 8;

/** What a byte means outside of strings. */
const CLASSES = new Uint8Array(256).fill(UNUSUAL);
for (const [characters, byteClass] of [
  [' \t\r\n,', OTHER],
  ['abcdefghijklmnopqrstuvwxyz', OTHER],
  ['"', QUOTE],
  ['{[', OPEN],
  ['}]', CLOSE],
  [':', COLON],
  ['0', ZERO],
  ['123456789', DIGIT],
  ['-', MINUS],
] as const) {
  for (const character of characters) CLASSES[character.charCodeAt(0)] = byteClass;
}

/** What may follow a backslash without a second look: not `\u`, whose character may be one that QEMU refuses. */
const SIMPLE_ESCAPES = new Uint8Array(256);
for (const character of '"\\/bfnrt') SIMPLE_ESCAPES[character.charCodeAt(0)] = 1;

/** Integers of so many digits are exact as a `number`. */
const MAX_DIGITS = 15;

/** An object found at the start of the bytes, and where the bytes after it begin. */
export interface FastResult {
  readonly value: JsonValue;
  readonly end: number;
}

/**
 * Reads the object that starts at `bytes[at]` with the JavaScript engine's own parser, if that is certain to give
 * what QEMU's dialect means: the object is complete, ASCII, well-formed, and has no float, no big integer, no
 * `\u` escape and no duplicate member. Otherwise the answer is undefined, and the bytes are for the slow path.
 *
 * @param text the same bytes as Latin-1
 * @param maxLength bytes of the longest object to be read like this
 */
export function parseFast(
  bytes: Uint8Array,
  text: string,
  at: number,
  maxNesting: number,
  maxLength: number,
): FastResult | undefined {
  let depth = 0;
  let colons = 0;
  const end = Math.min(bytes.length, at + maxLength);
  for (let i = at; i < end; i++) {
    switch (CLASSES[bytes[i] ?? 0]) {
      case OTHER:
        break;
      case QUOTE:
        i = endOfString(bytes, i + 1);
        if (i < 0) return undefined;
        break;
      case OPEN:
        if (++depth > maxNesting) return undefined;
        break;
      case CLOSE:
        if (--depth === 0) return parseNative(text, at, i + 1, colons);
        break;
      case COLON:
        colons++;
        break;
      case MINUS:
        // -0 is the integer 0 to QEMU.
        if (CLASSES[bytes[i + 1] ?? 0] === ZERO) return undefined;
        break;
      case ZERO:
      case DIGIT: {
        const first = i;
        while (isDigit(bytes[i + 1] ?? 0)) i++;
        const next = bytes[i + 1] ?? 0;
        // The last one is 'e' in either case.
        if (i - first >= MAX_DIGITS || next === 0x2e || (next | 0x20) === 0x65) return undefined;
        break;
      }
      default:
        return undefined;
    }
  }
  return undefined;
}

/** Where the closing quote is, or -1 if the string is not complete or not simple. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x22) return i;
    if (byte < 0x20 || byte >= 0x80) return -1;
    if (byte === 0x5c && SIMPLE_ESCAPES[bytes[++i] ?? 0] !== 1) return -1;
  }
  return -1;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function parseNative(text: string, start: number, end: number, colons: number): FastResult | undefined {
  try {
    const value: JsonValue = JSON.parse(text.substring(start, end));
    // Each colon gave a member, unless a later one of the same name replaced it.
    return colons <= 1 || countMembers(value) === colons ? { value, end } : undefined;
  } catch {
    return undefined;
  }
}

function countMembers(value: JsonValue | undefined): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item);
  } else {
    for (const member of Object.values(value)) count += 1 + countMembers(member);
  }
  return count;
}
