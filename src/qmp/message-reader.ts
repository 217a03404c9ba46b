import type { JsonValue } from '../base/json.ts';
import { parseFast } from './fast-path.ts';
import { type Cursor, JsonLexer, type TokenKind } from './json-lexer.ts';
import { JsonParser } from './json-parser.ts';
import { decodeForMessage } from './utf8.ts';

/** What a client sent: a JSON value, or something that is none, with QEMU's description of it. */
export type Message = { readonly value: JsonValue } | { readonly error: string };

/** Bounds of one message, in QEMU's terms. */
export interface MessageLimits {
  /** Brackets and braces open at once. */
  readonly nesting: number;
  readonly tokens: number;
  /** Bytes of one token, and of all tokens of a message with one byte added for each. */
  readonly bytes: number;
}

export const QEMU_LIMITS: MessageLimits = { nesting: 1024, tokens: 2 * 1024 * 1024, bytes: 64 * 1024 * 1024 };

const OPENING_BRACE = 0x7b;

/**
 * Cuts what a client sends into messages. Line ends do not matter: a message ends where its brackets and braces
 * balance, or one too many is closed, or with a token that is no value; then the next one begins.
 *
 * Reading is driven by the caller: `push` what arrived, then `next` until it has nothing more to give.
 */
export class MessageReader {
  readonly #limits: MessageLimits;
  readonly #lexer: JsonLexer;
  /** So many bytes cannot exceed the limits for tokens. */
  readonly #maxFastLength: number;
  readonly #parser = new JsonParser();
  readonly #chunks: Uint8Array[] = [];
  #cursor: Cursor = { bytes: new Uint8Array(0), at: 0 };
  /** `#cursor.bytes` as Latin-1, made when needed. */
  #text: string | undefined;
  #braces = 0;
  #brackets = 0;
  #tokens = 0;
  #tokenBytes = 0;

  constructor(
    limits: MessageLimits = QEMU_LIMITS,
    /** False makes every message take the slow path, for comparison. */
    private readonly allowFastPath = true,
  ) {
    this.#limits = limits;
    this.#lexer = new JsonLexer(limits.bytes);
    this.#maxFastLength = Math.min(limits.tokens, Math.floor(limits.bytes / 2));
  }

  /** Adds bytes; the reader keeps a reference until it has read them. */
  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /** The next complete message, or undefined until more bytes come. */
  next(): Message | undefined {
    for (;;) {
      if (this.#cursor.at >= this.#cursor.bytes.length) {
        const bytes = this.#chunks.shift();
        if (bytes === undefined) return undefined;
        this.#cursor = { bytes, at: 0 };
        this.#text = undefined;
      }
      const message = this.#fast() ?? this.#slow();
      if (message !== undefined) return message;
    }
  }

  #fast(): Message | undefined {
    if (!this.allowFastPath || this.#tokens > 0 || !this.#lexer.idle) return undefined;
    const { bytes } = this.#cursor;
    let { at } = this.#cursor;
    while (isSpace(bytes[at])) at++;
    if (bytes[at] !== OPENING_BRACE) return undefined;
    this.#text ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const result = parseFast(bytes, this.#text, at, this.#limits.nesting, this.#maxFastLength);
    if (result === undefined) return undefined;
    this.#cursor.at = result.end;
    return { value: result.value };
  }

  #slow(): Message | undefined {
    for (
      let kind = this.#lexer.next(this.#cursor);
      kind !== undefined;
      kind = this.#lexer.next(this.#cursor)
    ) {
      const message = this.#accept(kind, this.#lexer.text);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  #accept(kind: TokenKind, text: Buffer): Message | undefined {
    if (kind === '{') this.#braces++;
    else if (kind === '}') this.#braces--;
    else if (kind === '[') this.#brackets++;
    else if (kind === ']') this.#brackets--;
    else if (kind === 'error') return this.#fail(`JSON parse error, stray '${decodeForMessage(text)}'`);

    this.#tokens++;
    this.#tokenBytes += text.length + 1;
    if (this.#tokenBytes > this.#limits.bytes) return this.#fail('JSON token size limit exceeded');
    if (this.#tokens > this.#limits.tokens) return this.#fail('JSON token count limit exceeded');
    if (this.#braces + this.#brackets > this.#limits.nesting) {
      return this.#fail('JSON nesting depth limit exceeded');
    }

    this.#parser.push(kind, text);
    const open = this.#braces > 0 || this.#brackets > 0;
    if (open && this.#braces >= 0 && this.#brackets >= 0) return undefined;
    this.#reset();
    const result = this.#parser.finish();
    return 'problem' in result ? { error: `JSON parse error, ${result.problem}` } : result;
  }

  #fail(error: string): Message {
    this.#reset();
    this.#parser.reset();
    return { error };
  }

  #reset(): void {
    this.#braces = 0;
    this.#brackets = 0;
    this.#tokens = 0;
    this.#tokenBytes = 0;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
