/** What a command says of a line that it cannot read; without text where the reason went to the log. */
export class BadArguments extends Error {
  override readonly name = 'BadArguments';
}

/** Longest word that a command takes; the rest of a longer one is dropped. */
const LONGEST_WORD = 1023;

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\', "'": "'", '"': '"' };

/** As C's `isspace` in its own locale. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && ' \t\n\v\f\r'.includes(character);
}

/** A command line while it is being read, from left to right. */
export class Input {
  position: number;

  constructor(
    readonly line: string,
    /** Takes what is said in the process's own output rather than in the monitor's. */
    private readonly log: (text: string) => void,
    position = 0,
  ) {
    this.position = position;
  }

  /** The character at the position; undefined at the end. */
  get next(): string | undefined {
    return this.line[this.position];
  }

  /** What was read so far. */
  get consumed(): string {
    return this.line.slice(0, this.position);
  }

  skipSpace(): void {
    while (isSpace(this.next)) this.position++;
  }

  /** True if only blanks are left; they are skipped. */
  get isAtEnd(): boolean {
    this.skipSpace();
    return this.next === undefined;
  }

  /** Reads one character if it is the next. */
  takes(character: string): boolean {
    if (this.next !== character) return false;
    this.position++;
    return true;
  }

  /** Characters up to one that `stop` wants. */
  takeUntil(stop: (character: string) => boolean): string {
    const start = this.position;
    while (this.next !== undefined && !stop(this.next)) this.position++;
    return this.line.slice(start, this.position);
  }

  /** Everything left, without the blanks before it. */
  takeRest(): string {
    this.skipSpace();
    const rest = this.line.slice(this.position);
    this.position = this.line.length;
    return rest;
  }

  /** A word, or text in double quotes with escapes; undefined where there is none or it does not end. */
  takeWord(): string | undefined {
    if (this.isAtEnd) return undefined;
    const word = this.next === '"' ? this.#takeQuoted() : this.takeUntil(isSpace);
    return word?.slice(0, LONGEST_WORD);
  }

  #takeQuoted(): string | undefined {
    let text = '';
    for (this.position++; this.next !== '"'; this.position++) {
      if (this.next === '\\') {
        const letter = this.line[++this.position] ?? '';
        const meant = ESCAPED[letter];
        if (meant === undefined) {
          this.log(`unsupported escape code: '\\${letter}'`);
          return undefined;
        }
        text += meant;
      } else if (this.next === undefined) {
        this.log('unterminated string');
        return undefined;
      } else text += this.next;
    }
    this.position++;
    return text;
  }
}
