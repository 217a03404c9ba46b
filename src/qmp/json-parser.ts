import type { JsonValue } from '../base/json.ts';
import type { TokenKind } from './json-lexer.ts';
import { parseFloat64, parseInteger } from './json-number.ts';
import { parseString } from './json-string.ts';

/** A value, or the problem that QEMU would name (without `JSON parse error, `). */
export type ParseResult = { readonly value: JsonValue } | { readonly problem: string };

/** QEMU formats a parse problem into a buffer of 1024 bytes. */
const MAX_PROBLEM_LENGTH = 1023;

interface ArrayFrame {
  readonly type: 'array';
  readonly items: JsonValue[];
  expect: 'first' | 'value' | 'separator';
}

interface ObjectFrame {
  readonly type: 'object';
  readonly members: { [name: string]: JsonValue };
  name: string;
  expect: 'first' | 'name' | 'colon' | 'value' | 'separator';
}

/**
 * Builds one value from its tokens as they come. After the first problem it only waits for the end:
 * where a value ends is decided by counting brackets, not here.
 */
export class JsonParser {
  readonly #frames: (ArrayFrame | ObjectFrame)[] = [];
  #value: JsonValue | undefined;
  #problem: string | undefined;

  push(kind: TokenKind, text: Buffer): void {
    if (this.#problem !== undefined || this.#value !== undefined) return;
    const frame = this.#frames.at(-1);
    if (frame === undefined) this.#begin(kind, text);
    else if (frame.type === 'array') this.#inArray(frame, kind, text);
    else this.#inObject(frame, kind, text);
  }

  /** The outcome of all tokens since the last call. */
  finish(): ParseResult {
    const value = this.#value;
    const problem = this.#problem ?? 'premature EOI';
    this.reset();
    return value !== undefined ? { value } : { problem };
  }

  reset(): void {
    this.#frames.length = 0;
    this.#value = undefined;
    this.#problem = undefined;
  }

  #inArray(frame: ArrayFrame, kind: TokenKind, text: Buffer): void {
    if (kind === ']' && frame.expect !== 'value') this.#end(frame.items);
    else if (frame.expect !== 'separator') this.#begin(kind, text);
    else if (kind === ',') frame.expect = 'value';
    else this.#fail('expected separator in list');
  }

  #inObject(frame: ObjectFrame, kind: TokenKind, text: Buffer): void {
    switch (frame.expect) {
      case 'first':
        if (kind === '}') this.#end(frame.members);
        else this.#begin(kind, text);
        break;
      case 'name':
      case 'value':
        this.#begin(kind, text);
        break;
      case 'colon':
        if (kind === ':') frame.expect = 'value';
        else this.#fail('missing : in object pair');
        break;
      case 'separator':
        if (kind === '}') this.#end(frame.members);
        else if (kind === ',') frame.expect = 'name';
        else this.#fail('expected separator in dict');
        break;
    }
  }

  /** A token where a value is due. */
  #begin(kind: TokenKind, text: Buffer): void {
    switch (kind) {
      case '{':
        this.#frames.push({ type: 'object', members: {}, name: '', expect: 'first' });
        break;
      case '[':
        this.#frames.push({ type: 'array', items: [], expect: 'first' });
        break;
      case 'string': {
        const result = parseString(text);
        if ('problem' in result) this.#fail(result.problem);
        else this.#take(result.value);
        break;
      }
      case 'integer':
        this.#take(parseInteger(text.toString('latin1')));
        break;
      case 'float':
        this.#take(parseFloat64(text.toString('latin1')));
        break;
      case 'keyword':
        this.#keyword(text);
        break;
      default:
        this.#fail('expecting value');
    }
  }

  #keyword(text: Buffer): void {
    const word = text.toString('latin1', 0, MAX_PROBLEM_LENGTH);
    if (word === 'true') this.#take(true);
    else if (word === 'false') this.#take(false);
    else if (word === 'null') this.#take(null);
    else this.#fail(`invalid keyword '${word}'`);
  }

  #end(value: JsonValue): void {
    this.#frames.pop();
    this.#take(value);
  }

  /** A value is complete: it goes where one was due. */
  #take(value: JsonValue): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) this.#value = value;
    else if (frame.type === 'array') {
      frame.items.push(value);
      frame.expect = 'separator';
    } else if (frame.expect === 'value') this.#addMember(frame, value);
    else if (typeof value !== 'string') this.#fail('key is not a string in object');
    else {
      frame.name = value;
      frame.expect = 'colon';
    }
  }

  #addMember(frame: ObjectFrame, value: JsonValue): void {
    if (Object.hasOwn(frame.members, frame.name)) {
      this.#fail('duplicate key');
      return;
    }
    if (frame.name === '__proto__') {
      Object.defineProperty(frame.members, frame.name, {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    } else frame.members[frame.name] = value;
    frame.expect = 'separator';
  }

  #fail(problem: string): void {
    this.#problem = problem.slice(0, MAX_PROBLEM_LENGTH);
    this.#frames.length = 0;
  }
}
