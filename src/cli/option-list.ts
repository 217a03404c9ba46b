import { IDENTIFIER_HINT, isIdentifier } from '../base/identifier.ts';
import { isHelpWord, lastValue, type OptionEntry, splitOptions } from '../base/option-syntax.ts';
import { CliError, HelpRequested, type Report } from './errors.ts';
import { parseBoolean, parseNumber, parseSize } from './option-values.ts';

export type ParameterType = 'string' | 'boolean' | 'number' | 'size';

/** What one kind of option takes. The names are also what `-set` and configuration files call it. */
export interface OptionListDefinition {
  readonly name: string;
  /** The key of a first item that has none. */
  readonly impliedKey?: string;
  /** Repeating the option adds to the first one instead of making a second; there is then no `id`. */
  readonly merge?: true;
  /** The parameters and their types; where absent, any name is taken, and its value is text. */
  readonly parameters?: Readonly<Record<string, ParameterType>>;
}

/** One option as parsed: what it says, and the words of the command line that said it. */
export interface ParsedOption {
  readonly id: string | undefined;
  /** In the order given, repetitions included; without `id`. */
  readonly entries: readonly OptionEntry[];
  readonly location: string | undefined;
}

/** All options of one kind that were seen so far. */
export class OptionList {
  readonly #options: (ParsedOption & { readonly entries: OptionEntry[] })[] = [];

  constructor(
    readonly definition: OptionListDefinition,
    /** Where warnings go. */
    readonly report: (report: Report) => void,
  ) {}

  get options(): readonly ParsedOption[] {
    return this.#options;
  }

  /** Everything that repeated options of a merging list said. */
  get entries(): readonly OptionEntry[] {
    return this.#options.flatMap(option => option.entries);
  }

  /** The value that counts in a merging list. */
  value(name: string): string | undefined {
    return lastValue(this.entries, name);
  }

  find(id: string): ParsedOption | undefined {
    return this.#options.find(option => option.id === id);
  }

  /**
   * Parses the text of one option and keeps it.
   *
   * @throws CliError for an unknown parameter, a value that is not of its type, a bad or repeated id
   * @throws HelpRequested where the list has fixed parameters and the text asks for them
   */
  parse(text: string, location: string): ParsedOption {
    const items = splitOptions(text, this.definition.impliedKey);
    // The id is looked for on its own, and there a first item without = is always a flag.
    const id = splitOptions(text).find(item => item.name === 'id')?.value;
    const option = this.create(id, location);
    for (const item of items) {
      if (item.shortForm !== undefined) this.#noteShortForm(item.name, item.shortForm, location);
      if (item.name !== 'id') this.set(option, item);
    }
    return option;
  }

  /** Keeps an option without parameters yet, for those written in another way (`-set`, configuration files). */
  create(id: string | undefined, location: string | undefined): ParsedOption {
    if (id !== undefined) {
      if (this.definition.merge) throw CliError.at(location, "Invalid parameter 'id'");
      if (!isIdentifier(id)) {
        throw CliError.at(location, "Parameter 'id' expects an identifier", IDENTIFIER_HINT);
      }
      if (this.find(id) !== undefined) {
        throw CliError.at(location, `Duplicate ID '${id}' for ${this.definition.name}`);
      }
    }
    const option = { id, entries: [], location };
    this.#options.push(option);
    return option;
  }

  /** Adds a parameter to an option of this list, checking its name and type. */
  set(option: ParsedOption, entry: OptionEntry, location = option.location): void {
    this.#check(entry, location);
    this.#options.find(own => own === option)?.entries.push({ name: entry.name, value: entry.value });
  }

  #check({ name, value }: OptionEntry, location: string | undefined): void {
    const { parameters } = this.definition;
    if (parameters === undefined) return;
    const type = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    switch (type) {
      case undefined:
        throw CliError.at(location, `Invalid parameter '${name}'`);
      case 'boolean':
        parseBoolean(name, value, location);
        break;
      case 'number':
        parseNumber(name, value, location);
        break;
      case 'size': {
        const { warning } = parseSize(name, value, location);
        if (warning !== undefined) this.report({ severity: 'warning', message: warning, location });
        break;
      }
      case 'string':
        break;
    }
  }

  #noteShortForm(name: string, value: 'on' | 'off', location: string): void {
    if (this.definition.parameters !== undefined && isHelpWord(name)) {
      throw new HelpRequested({ about: 'option-list', name: this.definition.name }, 1);
    }
    const written = value === 'on' ? name : `no${name}`;
    if (isHelpWord(written)) return;
    // `delay` is the one flag whose long form has another name.
    const replacement = name === 'delay' ? `nodelay=${value === 'on' ? 'off' : 'on'}` : `${name}=${value}`;
    this.report({
      severity: 'warning',
      message: `short-form boolean option '${written}' deprecated`,
      location,
      hint: `Please use ${replacement} instead`,
    });
  }
}
