import { formatDouble } from '../base/format-double.ts';
import { JsonDouble } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import { isCharacter } from './utf8.ts';

const NOT_PLAIN = /[^ !#-[\]-~]/;
const REPLACEMENT = '\\uFFFD';

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * Prints values as QEMU does: `, ` and `: ` between things, only printable ASCII, floats with 17 digits,
 * members in {@link MemberOrder}. Members that are undefined are left out.
 */
export class JsonWriter {
  constructor(private readonly order = new MemberOrder()) {}

  /** One line. Throws `TypeError` for what JSON cannot hold. */
  compact(value: unknown): string {
    if (!isContainer(value)) return scalar(value);
    if (isArray(value)) {
      let text = '[';
      for (let i = 0; i < value.length; i++) text += `${i > 0 ? ', ' : ''}${this.compact(value[i])}`;
      return `${text}]`;
    }
    let text = '{';
    for (const name of this.order.sort(Object.keys(value))) {
      const member = value[name];
      if (member === undefined) continue;
      text += `${text.length > 1 ? ', ' : ''}${quoteString(name)}: ${this.compact(member)}`;
    }
    return `${text}}`;
  }

  /**
   * Several lines, four blanks deeper for each level; also what is empty takes two lines. Lines end in CR LF, as a
   * monitor sends them, but for the last, which does not end.
   */
  pretty(value: unknown, indent = ''): string {
    if (!isContainer(value)) return scalar(value);
    const inner = `${indent}    `;
    const lines: string[] = [];
    if (isArray(value)) {
      for (const item of value) lines.push(`\r\n${inner}${this.pretty(item, inner)}`);
      return `[${lines.join(',')}\r\n${indent}]`;
    }
    for (const name of this.order.sort(Object.keys(value))) {
      const member = value[name];
      if (member !== undefined) lines.push(`\r\n${inner}${quoteString(name)}: ${this.pretty(member, inner)}`);
    }
    return `{${lines.join(',')}\r\n${indent}}`;
  }
}

function isContainer(value: unknown): value is readonly unknown[] | Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof JsonDouble);
}

/** As `Array.isArray`, which does not know of arrays that are only read. */
function isArray(value: readonly unknown[] | object): value is readonly unknown[] {
  return Array.isArray(value);
}

function scalar(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoteString(value);
    case 'number':
      if (!Number.isInteger(value)) return formatDouble(value);
      return Number.isSafeInteger(value) ? `${value}` : BigInt(value).toString();
    case 'bigint':
      return value.toString();
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      if (value === null) return 'null';
      if (value instanceof JsonDouble) return formatDouble(value.value);
      throw new TypeError(`A ${typeof value} has no JSON form`);
  }
}

function quoteString(text: string): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const character of text) quoted += SHORT_ESCAPES.get(character) ?? escapeCharacter(character);
  return `${quoted}"`;
}

function escapeCharacter(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint >= 0x20 && codePoint < 0x7f) return character;
  if (!isCharacter(codePoint)) return REPLACEMENT;
  let escaped = '';
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return escaped;
}
