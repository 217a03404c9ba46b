import { History } from './history.ts';
import { isSpace } from './input.ts';

/** Longest line, bytes; what is typed beyond it is lost. */
const MAX_LINE = 4095;
const SCREEN_WIDTH = 80;
const LEFT = '\x1b[D';
const RIGHT = '\x1b[C';
const ERASE_TO_END = '\x1b[K';
const CLEAR_SCREEN = '\x1b[2J\x1b[1;1H';
const ESCAPE = 27;
/** The one-byte form of `ESC [`. */
const CSI = 155;

/** What a word at the cursor may become. */
export interface Completion {
  /** Length of what is there of the word already. */
  readonly length: number;
  readonly candidates: readonly string[];
}

export interface LineEditorOptions {
  readonly prompt: string;
  /** Sends to the terminal; each character is a byte, lines end in LF alone. */
  readonly write: (text: string) => void;
  /** @param line up to the cursor */
  readonly complete: (line: string) => Completion;
}

/** Where in an escape sequence of the terminal the input is (ECMA-48, 5.4; SS3 comes with application keys). */
type EscapeState = 'none' | 'escape' | 'csi' | 'ss3';

/**
 * Edits a line on a terminal, with the keys that QEMU's monitors know and the same bytes in answer. After every
 * key the line is drawn anew if it changed: the cursor goes left to the prompt, then come the line and `ESC [ K`.
 */
export class LineEditor {
  readonly history = new History();
  readonly #options: LineEditorOptions;
  #line = '';
  #cursor = 0;
  /** What the terminal shows. */
  #shown = '';
  #shownCursor = 0;
  #escape: EscapeState = 'none';
  #parameter = 0;

  constructor(options: LineEditorOptions) {
    this.#options = options;
  }

  /** Forgets what was typed. */
  restart(): void {
    this.#line = '';
    this.#cursor = 0;
  }

  showPrompt(): void {
    this.#options.write(this.#options.prompt);
    this.#shown = '';
    this.#shownCursor = 0;
    this.#escape = 'none';
  }

  /** Takes one byte of input. @returns the line, if this byte ends it */
  receive(byte: number): string | undefined {
    let entered: string | undefined;
    switch (this.#escape) {
      case 'none':
        entered = this.#key(byte);
        break;
      case 'escape':
        this.#parameter = 0;
        this.#escape = byte === 0x5b ? 'csi' : byte === 0x4f ? 'ss3' : 'none';
        break;
      case 'csi':
        this.#controlSequence(byte);
        break;
      case 'ss3':
        this.#escape = 'none';
        if (byte === 0x46) this.#cursor = this.#line.length;
        else if (byte === 0x48) this.#cursor = 0;
        break;
    }
    this.#redraw();
    return entered;
  }

  #key(byte: number): string | undefined {
    switch (byte) {
      case control('A'):
        this.#cursor = 0;
        break;
      case control('D'):
        this.#delete();
        break;
      case control('E'):
        this.#cursor = this.#line.length;
        break;
      case control('H'):
      case 127:
        this.#backspace();
        break;
      case control('I'):
        this.#complete();
        break;
      case control('J'):
      case control('M'):
        return this.#enter();
      case control('L'):
        this.#options.write(CLEAR_SCREEN);
        this.showPrompt();
        break;
      case control('W'):
        this.#eraseWord();
        break;
      case ESCAPE:
        this.#escape = 'escape';
        break;
      case CSI:
        this.#escape = 'csi';
        break;
      default:
        if (byte >= 32) this.#insert(String.fromCharCode(byte));
    }
    return undefined;
  }

  #controlSequence(byte: number): void {
    const character = String.fromCharCode(byte);
    if (character >= '0' && character <= '9') {
      this.#parameter = Math.min(this.#parameter * 10 + Number(character), 1000);
      return;
    }
    this.#escape = 'none';
    switch (character === '~' ? `${this.#parameter}~` : character) {
      case 'A':
      case 'F':
        this.#replace(this.history.older());
        break;
      case 'B':
      case 'E':
        this.#replace(this.history.newer());
        break;
      case 'C':
        if (this.#cursor < this.#line.length) this.#cursor++;
        break;
      case 'D':
        if (this.#cursor > 0) this.#cursor--;
        break;
      case '1~':
        this.#cursor = 0;
        break;
      case '3~':
        this.#delete();
        break;
      case '4~':
        this.#cursor = this.#line.length;
        break;
    }
  }

  #enter(): string {
    const line = this.#line;
    this.history.add(line);
    this.#options.write('\n');
    this.restart();
    this.#shown = '';
    this.#shownCursor = 0;
    return line;
  }

  #replace(line: string | undefined): void {
    if (line === undefined) return;
    this.#line = line;
    this.#cursor = line.length;
  }

  #insert(text: string): void {
    const room = Math.max(MAX_LINE - this.#line.length, 0);
    const added = text.slice(0, room);
    this.#line = this.#line.slice(0, this.#cursor) + added + this.#line.slice(this.#cursor);
    this.#cursor += added.length;
  }

  #delete(): void {
    this.#line = this.#line.slice(0, this.#cursor) + this.#line.slice(this.#cursor + 1);
  }

  #backspace(): void {
    if (this.#cursor === 0) return;
    this.#cursor--;
    this.#delete();
  }

  /** Erases back to the beginning of the word before the cursor. */
  #eraseWord(): void {
    if (this.#cursor === 0) return;
    let start = this.#cursor - 1;
    while (start > 0 && isSpace(this.#line[start])) start--;
    while (start > 0 && !isSpace(this.#line[start - 1])) start--;
    this.#line = this.#line.slice(0, start) + this.#line.slice(this.#cursor);
    this.#cursor = start;
  }

  /** Completes as far as it is clear how, and where it is not, lists what there is. */
  #complete(): void {
    const { length, candidates } = this.#options.complete(this.#line.slice(0, this.#cursor));
    const [first] = candidates;
    if (first === undefined) return;
    if (candidates.length === 1) {
      this.#insert(first.slice(length) + (first.endsWith('/') || first === '' ? '' : ' '));
      return;
    }
    this.#insert(commonPrefix(candidates).slice(length));
    this.#options.write(`\n${columns(candidates)}`);
    this.showPrompt();
  }

  #redraw(): void {
    let output = '';
    if (this.#line !== this.#shown) {
      output += `${LEFT.repeat(this.#shownCursor)}${this.#line}${ERASE_TO_END}`;
      this.#shown = this.#line;
      this.#shownCursor = this.#line.length;
    }
    const distance = this.#cursor - this.#shownCursor;
    output += distance > 0 ? RIGHT.repeat(distance) : LEFT.repeat(-distance);
    this.#shownCursor = this.#cursor;
    if (output !== '') this.#options.write(output);
  }
}

function control(letter: string): number {
  return letter.charCodeAt(0) - 64;
}

function commonPrefix(words: readonly string[]): string {
  const [first = '', ...others] = words;
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same] === other[same]) same++;
    length = same;
  }
  return first.slice(0, length);
}

/** The words in columns of equal width, as many as the screen has room for. */
function columns(words: readonly string[]): string {
  const widest = Math.max(...words.map(word => word.length)) + 2;
  const width = Math.min(Math.max(widest, 10), SCREEN_WIDTH);
  const perLine = Math.floor(SCREEN_WIDTH / width);
  let text = '';
  for (const [index, word] of words.entries()) {
    text += word.padEnd(width);
    if (index % perLine === perLine - 1 || index === words.length - 1) text += '\n';
  }
  return text;
}
