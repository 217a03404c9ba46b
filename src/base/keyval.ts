/**
 * The newer, strict syntax of `-machine`, `-smp`, `-boot`, `-blockdev`, `-display`, `-audiodev` and `-compat`:
 * `value,key=value,tree.branch=value,list.0=value`. Dots build objects, numbers behind a dot build lists,
 * leaves are texts. Unlike in `option-syntax.ts` every item but the first needs its `=`.
 */

import { QmpError } from './errors.ts';
import { findKeyEnd, isHelpWord, readValue } from './option-syntax.ts';

export type KeyvalValue = string | KeyvalObject | readonly KeyvalValue[];
export interface KeyvalObject {
  readonly [key: string]: KeyvalValue;
}

export interface KeyvalResult {
  readonly value: KeyvalObject;
  /** `help` or `?` stood among the items. */
  readonly help: boolean;
}

const LONGEST_KEY = 127;

/** While parsing, lists are still maps from their index. */
type Tree = Map<string, string | Tree>;

/** Collects the items of one or more options (`-machine` may be given several times) into one object. */
export class KeyvalParser {
  readonly #root: Tree = new Map();

  constructor(readonly impliedKey: string | undefined) {}

  /**
   * Adds the items of one option; a key given before is overwritten.
   *
   * @returns whether help was asked for
   * @throws QmpError where the text is not in this syntax or contradicts what is there
   */
  add(text: string): boolean {
    let help = false;
    for (let position = 0; position < text.length; ) {
      const keyEnd = findKeyEnd(text, position);
      const word = text.slice(position, keyEnd);
      const hasValue = text[keyEnd] === '=';
      if (!hasValue && isHelpWord(word)) {
        help = true;
        position = keyEnd + 1;
        continue;
      }
      const isImplied = position === 0 && !hasValue && word !== '' && this.impliedKey !== undefined;
      const key = isImplied ? (this.impliedKey ?? '') : word;
      const path = splitKey(key);
      if (!isImplied && !hasValue) throw new QmpError(`Expected '=' after parameter '${key}'`);
      const value = readValue(text, isImplied ? position : keyEnd + 1);
      put(this.#root, path, value.text);
      position = value.next;
    }
    toObject(this.#root, []);
    return help;
  }

  /** Puts one text at the top level, replacing what was there. */
  set(name: string, value: string): void {
    this.#root.set(name, value);
  }

  /**
   * Adds the items of one option below a key of the top level: `-smp 4` is `smp.cpus=4` of the machine.
   *
   * @returns whether help was asked for
   */
  addBelow(name: string, text: string, impliedKey: string): boolean {
    const existing = this.#root.get(name);
    if (typeof existing === 'string') throw new QmpError(`Parameter '${name}' used inconsistently`);
    const parser = new KeyvalParser(impliedKey);
    for (const [key, child] of existing ?? []) parser.#root.set(key, child);
    const help = parser.add(text);
    if (parser.#root.size > 0) this.#root.set(name, parser.#root);
    return help;
  }

  get value(): KeyvalObject {
    return toObject(this.#root, []);
  }
}

/** Parses the text of a single option. */
export function parseKeyval(text: string, impliedKey: string | undefined): KeyvalResult {
  const parser = new KeyvalParser(impliedKey);
  const help = parser.add(text);
  return { value: parser.value, help };
}

/** Splits `a.b.0` into its names; the first must be a name, later ones may be list positions. */
function splitKey(key: string): readonly string[] {
  const fragments = key.split('.');
  for (const [index, fragment] of fragments.entries()) {
    const isPosition = index > 0 && /^[0-9]+$/.test(fragment);
    // A QAPI name, with the reverse domain prefix (__com.example_) that vendors may use left out.
    if (!isPosition && !/^[A-Za-z][A-Za-z0-9_-]*$/.test(fragment)) {
      throw new QmpError(`Invalid parameter '${key}'`);
    }
    if (fragment.length > LONGEST_KEY) {
      const noun = fragments.length > 1 ? 'Parameter fragment' : 'Parameter';
      throw new QmpError(`${noun} '${fragment}' is too long`);
    }
  }
  return fragments;
}

function put(root: Tree, path: readonly string[], value: string): void {
  let node = root;
  for (const [index, fragment] of path.entries()) {
    const old = node.get(fragment);
    const isLeaf = index === path.length - 1;
    if (old !== undefined && isLeaf !== (typeof old === 'string')) {
      throw new QmpError(`Parameters '${path.slice(0, index + 1).join('.')}.*' used inconsistently`);
    }
    if (isLeaf) {
      node.set(fragment, value);
      return;
    }
    const next = old instanceof Map ? old : new Map<string, string | Tree>();
    node.set(fragment, next);
    node = next;
  }
}

function toObject(tree: Tree, path: readonly string[]): KeyvalObject {
  const object: Record<string, KeyvalValue> = {};
  for (const [key, child] of tree) {
    object[key] = typeof child === 'string' ? child : toValue(child, [...path, key]);
  }
  return object;
}

function toValue(tree: Tree, path: readonly string[]): KeyvalValue {
  const positions = [...tree.keys()].filter(key => /^[0-9]+$/.test(key));
  if (positions.length === 0) return toObject(tree, path);
  if (positions.length < tree.size) {
    throw new QmpError(`Parameters '${path.join('.')}.*' used inconsistently`);
  }
  const byPosition = new Map(positions.map(key => [Number(key), tree.get(key)]));
  return Array.from({ length: positions.length }, (_, index) => {
    const child = byPosition.get(index);
    if (child === undefined) throw new QmpError(`Parameter '${path.join('.')}.${index}' missing`);
    return typeof child === 'string' ? child : toValue(child, [...path, String(index)]);
  });
}
