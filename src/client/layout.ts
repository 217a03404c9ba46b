import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts';
import { JsonWriter } from '../qmp/json-writer.ts';

/** Columns that a line may take before it is broken. */
const WIDTH = 100;

/**
 * JSON for people to read: on one line where it fits; else each object or list inside on lines of its own, two
 * blanks deeper, and plain values side by side. What has one part only takes no line for its brackets.
 */
export function layOut(value: JsonValue, writer = new JsonWriter(), indent = ''): string {
  const line = writer.compact(value);
  if (!isContainer(value) || indent.length + line.length <= WIDTH) return line;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const members: (readonly [label: string, member: JsonValue])[] = isJsonObject(value)
    ? Object.entries(value).flatMap(([name, member]) =>
        member === undefined ? [] : [[`${writer.compact(name)}: `, member] as const],
      )
    : value.map(item => ['', item] as const);
  const [first] = members;
  if (members.length === 1 && first !== undefined) {
    return `${open}${first[0]}${layOut(first[1], writer, indent)}${close}`;
  }
  const parts = members.map(([label, member]) => ({
    text: label + layOut(member, writer, inner),
    plain: !isContainer(member),
  }));
  return `${open}\n${fill(parts, inner)}\n${indent}${close}`;
}

function isContainer(value: JsonValue): value is readonly JsonValue[] | JsonObject {
  return Array.isArray(value) || isJsonObject(value);
}

interface Part {
  readonly text: string;
  /** May stand beside others. */
  readonly plain: boolean;
}

function fill(parts: readonly Part[], indent: string): string {
  let text = '';
  let column = 0;
  let besidePlain = false;
  for (const [index, part] of parts.entries()) {
    const comma = index < parts.length - 1 ? ',' : '';
    const fits = besidePlain && part.plain && column + 1 + part.text.length + comma.length <= WIDTH;
    const gap = index === 0 ? indent : fits ? ' ' : `\n${indent}`;
    text += gap + part.text + comma;
    column = (fits ? column + 1 : indent.length) + part.text.length + comma.length;
    besidePlain = part.plain;
  }
  return text;
}
