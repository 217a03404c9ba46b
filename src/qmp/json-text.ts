import type { JsonValue } from '../base/json.ts';
import { JsonLexer } from './json-lexer.ts';
import { JsonParser } from './json-parser.ts';
import { QEMU_LIMITS } from './message-reader.ts';
import { decodeForMessage } from './utf8.ts';

const DEPTH = new Map([
  ['{', 1],
  ['[', 1],
  ['}', -1],
  [']', -1],
]);

/**
 * Parses a text that is one JSON value, in the dialect of the QMP wire.
 *
 * @throws SyntaxError in QEMU's words
 */
export function parseJsonText(text: string): JsonValue {
  const lexer = new JsonLexer(QEMU_LIMITS.bytes);
  const parser = new JsonParser();
  // The white space ends a last token that could go on.
  const cursor = { bytes: Buffer.from(`${text}\n`), at: 0 };
  let value: JsonValue | undefined;
  let depth = 0;
  for (let kind = lexer.next(cursor); kind !== undefined; kind = lexer.next(cursor)) {
    if (value !== undefined) throw new SyntaxError('Expecting at most one JSON value');
    if (kind === 'error') {
      const stray = cursor.at < cursor.bytes.length ? lexer.text : lexer.text.subarray(0, -1);
      throw new SyntaxError(`JSON parse error, stray '${decodeForMessage(stray)}'`);
    }
    depth += DEPTH.get(kind) ?? 0;
    parser.push(kind, lexer.text);
    if (depth <= 0) value = outcome(parser);
  }
  return value ?? outcome(parser);
}

function outcome(parser: JsonParser): JsonValue {
  const result = parser.finish();
  if ('problem' in result) throw new SyntaxError(`JSON parse error, ${result.problem}`);
  return result.value;
}
