import { IDENTIFIER_HINT, isIdentifier } from '../base/identifier.ts';
import { lastValue, type OptionItem, splitOptions } from '../base/option-syntax.ts';
import { evaluate } from './expression.ts';
import { BadArguments, type Input } from './input.ts';

/** The command whose arguments are read. */
export interface Reading {
  /** Name as in the table, e.g. `stop|s`. */
  readonly command: string;
  /** Letters of the flags that may still come. */
  readonly laterFlags: readonly string[];
  /** Takes warnings for the process's stderr. */
  readonly report: (message: string, hint?: string) => void;
}

/** How one argument is read from a command line. */
export interface Parameter<T> {
  /** The letter, for a flag. */
  readonly flag?: string;
  /** @throws BadArguments with what the monitor says */
  read(input: Input, reading: Reading): T;
}

/** One word, or text in quotes. @param meaning what it is called where it is missing */
function wordFor(meaning: string): Parameter<string> {
  return {
    read: (input, { command }) => {
      const text = input.takeWord();
      if (text === undefined) throw new BadArguments(`${command}: ${meaning} expected\n`);
      return text;
    },
  };
}

export const word = wordFor('string');
export const driveName = wordFor('block device name');
export const filename = wordFor('filename');

/** The rest of the line as it is. */
export const rest: Parameter<string> = {
  read: (input, { command }) => {
    if (input.isAtEnd) throw new BadArguments(`${command}: string expected\n`);
    return input.takeRest();
  },
};

/** An expression whose value must fit 32 bits, e.g. a processor's number. */
export const int32: Parameter<number> = {
  read: (input, { command }) => {
    const value = evaluate(input);
    if (value < 0n || value > 0xffffffffn)
      throw new BadArguments(`'${command.split('|')[0]}' has failed: integer is for 32-bit values\n`);
    return Number(BigInt.asIntN(32, value));
  },
};

/** An expression of 64 bits, signed. */
export const int64: Parameter<bigint> = { read: input => evaluate(input) };

/** The same, and not below 0. */
export const positive: Parameter<bigint> = {
  read: input => {
    const value = evaluate(input);
    if (value < 0n) throw new BadArguments('enter a positive value\n');
    return value;
  },
};

/** `on` or `off`. */
export const onOff: Parameter<boolean> = {
  read: input => {
    input.skipSpace();
    const text = input.takeUntil(character => character <= ' ' || character > '~');
    if (text !== 'on' && text !== 'off') throw new BadArguments("Expected 'on' or 'off'\n");
    return text === 'on';
  },
};

/** The same, or nothing where the line ends before. */
export function optional<T>(parameter: Parameter<T>): Parameter<T | undefined> {
  return { read: (input, reading) => (input.isAtEnd ? undefined : parameter.read(input, reading)) };
}

/** `-f`. Flags must come in the order in which the command declares them. */
export function flag(letter: string): Parameter<boolean> {
  return {
    flag: letter,
    read: (input, { command, laterFlags }) => {
      input.skipSpace();
      if (input.next !== '-') return false;
      const given = input.line[input.position + 1] ?? '';
      if (given === letter) {
        input.position += 2;
        return true;
      }
      input.position++;
      if (!laterFlags.includes(given)) throw new BadArguments(`${command}: unsupported option -${given}\n`);
      input.position--;
      return false;
    },
  };
}

/** `-f` with a word behind it, or nothing. */
export function flaggedWord(letter: string): Parameter<string | undefined> {
  const isGiven = flag(letter);
  return {
    flag: letter,
    read: (input, reading) => (isGiven.read(input, reading) ? word.read(input, reading) : undefined),
  };
}

/** What `key=value,…` said. */
export interface Options {
  readonly id: string | undefined;
  readonly items: readonly OptionItem[];
  /** The value that counts. */
  value(name: string): string | undefined;
}

/** QEMU's option text, as on the command line: `e1000,id=net0,addr=5`. */
export function options(
  impliedKey: string,
  isId: (text: string) => boolean = isIdentifier,
): Parameter<Options> {
  return {
    read: (input, { report }) => {
      if (input.isAtEnd) return toOptions(undefined, []);
      const text = input.takeWord();
      if (text === undefined) throw new BadArguments('');
      // The id is looked for on its own, and there a first item without = is always a flag.
      const id = splitOptions(text).find(item => item.name === 'id')?.value;
      if (id !== undefined && !isId(id)) {
        report("Parameter 'id' expects an identifier", IDENTIFIER_HINT);
        throw new BadArguments('');
      }
      const items = splitOptions(text, impliedKey);
      for (const item of items) warnOfShortForm(item, report);
      return toOptions(
        id,
        items.filter(({ name }) => name !== 'id'),
      );
    },
  };
}

function toOptions(id: string | undefined, items: readonly OptionItem[]): Options {
  return { id, items, value: name => lastValue(items, name) };
}

/** Says that options without a value are not to be written any more. */
export function warnOfShortForm({ name, shortForm }: OptionItem, report: Reading['report']): void {
  if (shortForm === undefined) return;
  const written = shortForm === 'on' ? name : `no${name}`;
  if (written === 'help' || written === '?') return;
  report(
    `warning: short-form boolean option '${written}' deprecated`,
    `Please use ${name}=${shortForm} instead`,
  );
}
