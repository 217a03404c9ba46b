import { ByteBuffer } from './byte-buffer.ts';

/**
 * A token, punctuation under its own name. `error` is text that cannot continue any token, the byte that
 * broke it included; `oversize` is a token that was cut off because it grew beyond the limit.
 */
export type TokenKind = Punctuation | 'string' | 'integer' | 'float' | 'keyword' | 'error' | 'oversize';
export type Punctuation = '{' | '}' | '[' | ']' | ':' | ',';

/** Bytes being read, and how far. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

type State = 'start' | 'string' | 'escape' | 'keyword' | 'recovery' | NumberState;
type NumberState = 'minus' | 'zero' | 'digits' | 'point' | 'fraction' | 'e' | 'e-sign' | 'exponent';
type NumberClass = '0' | '1-9' | '.' | 'e' | '-' | '+' | 'other';

/** Grammar of numbers. A class that a state lacks ends the number if the state is in `NUMBER_ENDS`, else it is an error. */
const NUMBER: {
  readonly [state in NumberState]: { readonly [next in NumberClass]?: NumberState | 'error' };
} = {
  minus: { '0': 'zero', '1-9': 'digits' },
  // Neither a further digit nor an exponent may follow a leading zero.
  zero: { '0': 'error', '1-9': 'error', '.': 'point' },
  digits: { '0': 'digits', '1-9': 'digits', '.': 'point', e: 'e' },
  point: { '0': 'fraction', '1-9': 'fraction' },
  fraction: { '0': 'fraction', '1-9': 'fraction', e: 'e' },
  e: { '0': 'exponent', '1-9': 'exponent', '-': 'e-sign', '+': 'e-sign' },
  'e-sign': { '0': 'exponent', '1-9': 'exponent' },
  exponent: { '0': 'exponent', '1-9': 'exponent' },
};
const NUMBER_ENDS: { readonly [state in NumberState]?: TokenKind } = {
  zero: 'integer',
  digits: 'integer',
  fraction: 'float',
  exponent: 'float',
};

const PUNCTUATION: readonly (Punctuation | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return isPunctuation(character) ? character : undefined;
});

function isPunctuation(character: string): character is Punctuation {
  return character.length === 1 && '{}[]:,'.includes(character);
}

const TAB = 0x09;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;

/**
 * Cuts a byte stream into the tokens of QEMU's JSON dialect, which has strings in either quote and
 * keywords of any lower-case letters. Bytes may come in any portions.
 *
 * After an error the lexer skips to the next punctuation, control character or byte that UTF-8 never
 * has (FE, FF); blanks and tabs do not end that, a line end does.
 */
export class JsonLexer {
  #state: State = 'start';
  #quote = QUOTE;
  /** The token's bytes were already handed out. */
  #done = false;
  readonly #token = new ByteBuffer();

  /** @param maxTokenBytes a token that becomes longer than this is cut off and reported as `oversize` */
  constructor(private readonly maxTokenBytes: number) {}

  /** True between tokens, with no error to recover from. */
  get idle(): boolean {
    return this.#state === 'start';
  }

  /** The bytes of the token that `next` returned last; valid until it is called again. */
  get text(): Buffer {
    return this.#token.bytes;
  }

  /** Reads on until a token is complete; undefined when the bytes are used up before that. */
  next(input: Cursor): TokenKind | undefined {
    if (this.#done) {
      this.#token.clear();
      this.#done = false;
    }
    while (input.at < input.bytes.length) {
      const kind = this.#step(input);
      if (kind !== undefined) {
        this.#done = true;
        return kind;
      }
      if (this.#token.length > this.maxTokenBytes) {
        this.#done = true;
        this.#state = 'start';
        return 'oversize';
      }
    }
    return undefined;
  }

  #step(input: Cursor): TokenKind | undefined {
    switch (this.#state) {
      case 'start':
        return this.#start(input);
      case 'string':
        return this.#string(input);
      case 'escape':
        return this.#escape(input);
      case 'keyword':
        return this.#keyword(input);
      case 'recovery':
        return this.#recover(input);
      default:
        return this.#number(input, this.#state);
    }
  }

  #start(input: Cursor): TokenKind | undefined {
    const byte = input.bytes[input.at++] ?? 0;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return undefined;
    this.#token.push(byte);
    const punctuation = PUNCTUATION[byte];
    if (punctuation !== undefined) return punctuation;
    if (byte === QUOTE || byte === APOSTROPHE) {
      this.#quote = byte;
      this.#state = 'string';
    } else if (byte === 0x2d) this.#state = 'minus';
    else if (byte === 0x30) this.#state = 'zero';
    else if (byte > 0x30 && byte <= 0x39) this.#state = 'digits';
    else if (isLowerCase(byte)) this.#state = 'keyword';
    else return this.#fail();
    return undefined;
  }

  #string(input: Cursor): TokenKind | undefined {
    const { bytes } = input;
    // One byte beyond the limit is taken, so that the limit's check sees it.
    const end = Math.min(bytes.length, input.at + this.maxTokenBytes + 1 - this.#token.length);
    let at = input.at;
    let byte = 0;
    do byte = bytes[at++] ?? 0;
    while (at < end && isInString(byte) && byte !== this.#quote && byte !== BACKSLASH);
    this.#token.append(bytes, input.at, at);
    input.at = at;
    if (byte === this.#quote) return this.#end('string');
    if (byte === BACKSLASH) this.#state = 'escape';
    else if (!isInString(byte)) return this.#fail();
    return undefined;
  }

  #escape(input: Cursor): TokenKind | undefined {
    const byte = input.bytes[input.at++] ?? 0;
    this.#token.push(byte);
    if (!isInString(byte)) return this.#fail();
    this.#state = 'string';
    return undefined;
  }

  #number(input: Cursor, state: NumberState): TokenKind | undefined {
    const byte = input.bytes[input.at] ?? 0;
    const next = NUMBER[state][numberClass(byte)];
    const kind = NUMBER_ENDS[state];
    if (next === undefined && kind !== undefined) return this.#end(kind);
    input.at++;
    this.#token.push(byte);
    if (next === undefined || next === 'error') return this.#fail();
    this.#state = next;
    return undefined;
  }

  #keyword(input: Cursor): TokenKind | undefined {
    const { bytes } = input;
    const end = Math.min(bytes.length, input.at + this.maxTokenBytes + 1 - this.#token.length);
    let at = input.at;
    while (at < end && isLowerCase(bytes[at] ?? 0)) at++;
    this.#token.append(bytes, input.at, at);
    input.at = at;
    return at < end ? this.#end('keyword') : undefined;
  }

  #recover(input: Cursor): undefined {
    const { bytes } = input;
    for (; input.at < bytes.length; input.at++) {
      const byte = bytes[input.at] ?? 0;
      if ((!isInString(byte) && byte !== TAB) || PUNCTUATION[byte] !== undefined) {
        this.#state = 'start';
        return;
      }
    }
  }

  #end(kind: TokenKind): TokenKind {
    this.#state = 'start';
    return kind;
  }

  #fail(): TokenKind {
    this.#state = 'recovery';
    return 'error';
  }
}

function isLowerCase(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

/** Bytes that a string may hold: neither control characters nor what UTF-8 never has. */
function isInString(byte: number): boolean {
  return byte >= 0x20 && byte <= 0xfd;
}

function numberClass(byte: number): NumberClass {
  if (byte === 0x30) return '0';
  if (byte > 0x30 && byte <= 0x39) return '1-9';
  if (byte === 0x2e) return '.';
  if (byte === 0x65 || byte === 0x45) return 'e';
  if (byte === 0x2d) return '-';
  if (byte === 0x2b) return '+';
  return 'other';
}
