/**
 * The syntax most of QEMU's options share: `value,key=value,key=with,,comma,flag`.
 *
 * - The first item may leave out its key where the option has an implied one.
 * - A comma inside a value is written twice; keys know no escape.
 * - Any other item without `=` is a deprecated flag: `flag` is `flag=on`, `noflag` is `flag=off`.
 */

/** One `key=value`. Keys may repeat; it is then the last one that counts. */
export interface OptionEntry {
  readonly name: string;
  readonly value: string;
}

/** An item as it was written. */
export interface OptionItem extends OptionEntry {
  /** Written without `=`; the value was supplied by the rule for flags. */
  readonly shortForm?: 'on' | 'off';
}

/** Splits the text; never fails. Without an implied key a first item without `=` is a flag, too. */
export function splitOptions(text: string, impliedKey?: string): readonly OptionItem[] {
  const items: OptionItem[] = [];
  let position = 0;
  while (position < text.length) {
    const keyEnd = findKeyEnd(text, position);
    if (text[keyEnd] === '=') {
      const value = readValue(text, keyEnd + 1);
      items.push({ name: text.slice(position, keyEnd), value: value.text });
      position = value.next;
    } else if (position === 0 && impliedKey !== undefined) {
      const value = readValue(text, 0);
      items.push({ name: impliedKey, value: value.text });
      position = value.next;
    } else {
      items.push(flag(text.slice(position, keyEnd)));
      position = keyEnd + 1;
    }
  }
  return items;
}

/** The value that counts: the last one given. */
export function lastValue(entries: readonly OptionEntry[], name: string): string | undefined {
  return entries.findLast(entry => entry.name === name)?.value;
}

/** The words that ask for help in place of a value or a flag. */
export function isHelpWord(word: string): boolean {
  return word === 'help' || word === '?';
}

function flag(word: string): OptionItem {
  return word.startsWith('no')
    ? { name: word.slice(2), value: 'off', shortForm: 'off' }
    : { name: word, value: 'on', shortForm: 'on' };
}

export function findKeyEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== '=' && text[end] !== ',') end++;
  return end;
}

/** Reads a value up to a single comma or the end; `next` is where the following item starts. */
export function readValue(text: string, start: number): { readonly text: string; readonly next: number } {
  let value = '';
  let position = start;
  while (position < text.length) {
    if (text[position] === ',') {
      if (text[position + 1] !== ',') break;
      position++;
    }
    value += text[position++];
  }
  return { text: value, next: position + 1 };
}
