import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts';
import { MessageReader } from '../qmp/message-reader.ts';

/** What somebody typed, to be executed. */
export interface TypedCommand {
  readonly execute: string;
  readonly arguments: JsonObject | undefined;
}

/**
 * Reads a line as the qmp-shell of QEMU does: `command key=value outer.inner=value`; integers, `true`, `false` and
 * JSON (`[…]`, `{…}`, `"…"`) are what they look like, everything else is text. A line that is a JSON
 * object is taken as it is.
 *
 * @returns undefined for an empty line
 * @throws SyntaxError with a text to be shown
 */
export function parseTypedLine(line: string): TypedCommand | undefined {
  const text = line.trim();
  if (text === '') return undefined;
  if (text.startsWith('{')) return wholeCommand(parseJson(text));
  const [name = '', ...words] = splitWords(text);
  const args = emptyObject();
  for (const word of words) assign(args, word);
  return { execute: name, arguments: words.length > 0 ? args : undefined };
}

function wholeCommand(value: JsonValue): TypedCommand {
  if (!isJsonObject(value) || typeof value.execute !== 'string') {
    throw new SyntaxError('a command looks like {"execute": "NAME", "arguments": {…}}');
  }
  const args = value.arguments;
  if (args !== undefined && !isJsonObject(args)) throw new SyntaxError('arguments are an object');
  return { execute: value.execute, arguments: args };
}

/** At blanks, but not inside of JSON. */
function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let depth = 0;
  let quoted = false;
  for (const [index, character] of [...text].entries()) {
    if (character === '"' && text[index - 1] !== '\\') quoted = !quoted;
    if (!quoted && '[{'.includes(character)) depth++;
    if (!quoted && ']}'.includes(character)) depth--;
    if (!quoted && depth <= 0 && /\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
    } else {
      word += character;
    }
  }
  return word === '' ? words : [...words, word];
}

interface MutableObject {
  [member: string]: JsonValue | MutableObject;
}

function assign(args: MutableObject, word: string): void {
  const [, path, text = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
  if (path === undefined) throw new SyntaxError(`expected key=value, not '${word}'`);
  const names = path.split('.');
  const last = names.pop() ?? '';
  let target = args;
  for (const name of names) {
    const inner = (target[name] ??= emptyObject());
    if (!isNested(inner)) throw new SyntaxError(`'${name}' is a value and an object`);
    target = inner;
  }
  if (last in target) throw new SyntaxError(`'${path}' is given twice`);
  target[last] = parseValue(text);
}

/** Without a prototype: `__proto__` is a member like any other. */
function emptyObject(): MutableObject {
  return Object.create(null);
}

function isNested(value: JsonValue | MutableObject): value is MutableObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseValue(text: string): JsonValue {
  if (/^[-+]?\d+$/.test(text)) return exact(BigInt(text.replace(/^\+/, '')));
  if (/^0x[0-9a-f]+$/i.test(text)) return exact(BigInt(text));
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return /^[[{"]/.test(text) ? parseJson(text) : text;
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function parseJson(text: string): JsonValue {
  const reader = new MessageReader();
  // In an array, so that also a string is read to its end.
  reader.push(Buffer.from(`[${text}\n]`));
  const message = reader.next();
  if (message === undefined) throw new SyntaxError('the JSON is not complete');
  if ('error' in message) throw new SyntaxError(message.error);
  const [value, ...more] = Array.isArray(message.value) ? message.value : [];
  if (value === undefined || more.length > 0) throw new SyntaxError('one value is expected');
  return value;
}
