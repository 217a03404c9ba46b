import { _, Ajv, type AnySchemaObject, type CodeKeywordDefinition, type KeywordCxt, Name } from 'ajv';
import { standaloneCode } from './ajv-standalone.ts';
import { checkOfPayload, checkOfType, INTEGER_RANGES } from './checks.ts';
import { type Contract, isEnumeration } from './documents.ts';
import { key } from './names.ts';

/** `integer: FORMAT`: an integer, as the wire's JSON knows it, within the format's range. */
const integerKeyword: CodeKeywordDefinition = {
  keyword: 'integer',
  schemaType: 'string',
  error: { message: 'must be integer', params: ({ schema }) => _`{format: ${schema}}` },
  code(cxt: KeywordCxt) {
    cxt.fail(_`!${new Name(`is_${cxt.schema}`)}(${cxt.data})`);
  },
};

/** `number: true`: any number of the wire's JSON. */
const numberKeyword: CodeKeywordDefinition = {
  keyword: 'number',
  schemaType: 'boolean',
  error: { message: 'must be number', params: _`{}` },
  code: (cxt: KeywordCxt) => cxt.fail(_`!isNumber(${cxt.data})`),
};

/** `alternate: NAME`: what remains of an alternate when no type fits; refuses everything. */
const alternateKeyword: CodeKeywordDefinition = {
  keyword: 'alternate',
  schemaType: 'string',
  error: { message: 'must be one of several types', params: ({ schema }) => _`{type: ${schema}}` },
  code: (cxt: KeywordCxt) => cxt.fail(_`true`),
};

/** A document's modules in `validators/`: one check of the arguments per command. */
export function writeValidators(
  { commands, types }: Contract,
  names: readonly string[],
): { readonly code: string; readonly types: string } {
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    verbose: true,
    messages: false,
    discriminator: true,
    // A type used in several places is one function.
    inlineRefs: false,
    keywords: [integerKeyword, numberKeyword, alternateKeyword],
    code: { source: true, esm: true, lines: true },
  });
  for (const [name, type] of Object.entries(types)) {
    if (!isEnumeration(type)) ajv.addSchema({ $id: name, ...checkOfType(name, type, types) });
  }
  // Commands that take the same share a function: most take nothing.
  const ids = new Map<string, string>();
  const idOf = (check: AnySchemaObject): string => {
    const text = JSON.stringify(check);
    const id = ids.get(text) ?? `check${ids.size}`;
    if (!ids.has(text)) ajv.addSchema(check, id);
    ids.set(text, id);
    return id;
  };
  const table = names.map(name => {
    const command = commands[name];
    if (command === undefined) throw new Error(`there is no command '${name}'`);
    const id = idOf(command.unchecked === true ? {} : checkOfPayload(command.arguments, types));
    return `  ${key(name)}: ${id},`;
  });
  const exported = Object.fromEntries([...ids.values()].map(id => [id, id]));
  return {
    code: `${HEADER}${compact(standaloneCode(ajv, exported))}${tableOf(table)}`,
    types: declarationsOf(names),
  };
}

/** A bound as JavaScript source: numbers where these are exact, for speed. */
function literal(bound: bigint): string {
  return Number.isSafeInteger(Number(bound)) ? String(bound) : `${bound}n`;
}

const HEADER = `import { isJsonInteger, isJsonObject, JsonDouble } from '../../base/json.ts';

const within = (min, max) => value => isJsonInteger(value) && value >= min && value <= max;
${Object.entries(INTEGER_RANGES)
  .map(([format, [min, max]]) => `const is_${format} = within(${literal(min)}, ${literal(max)});`)
  .join('\n')}
const isNumber = value => typeof value === 'number' || typeof value === 'bigint' || value instanceof JsonDouble;
const added = (errors, error) => (errors === null ? [error] : (errors.push(error), errors));

`;

const tableOf = (lines: readonly string[]): string => `
export const validators = {
${lines.join('\n')}
};
`;

/**
 * Shortens ajv's code: takes out what nobody reads here (schemas in errors, the way to a value's parent) and
 * folds what it repeats. Also lets it see what a JSON object is: a `JsonDouble` is one only to JavaScript.
 */
function compact(code: string): string {
  return code
    .replace(/^"use strict";\n/, '')
    .replace(/^export const (check\d+) = /gm, 'const $1 = ')
    .replace(
      /\{instancePath="", parentData, parentDataProperty, rootData=data\}=\{\}/g,
      '{ instancePath = "" } = {}',
    )
    .replace(/,parentData\b[^{}]*,rootData\}/g, '}')
    .replace(/^\/\*# sourceURL="\w+" \*\/;\n/gm, '')
    .replace(/(\w+) && typeof \1 == "object" && !Array\.isArray\(\1\)/g, 'isJsonObject($1)')
    .replace(/schemaPath:"[^"]*",(keyword:.*?),schema:[^{}]*?,parentSchema:[^{},]*,data/g, '$1,data')
    .replace(
      /const (err\d+) = (\{.*\});\nif\(vErrors === null\)\{\nvErrors = \[\1\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}/g,
      'vErrors = added(vErrors, $2);',
    );
}

const declarationsOf = (names: readonly string[]): string => `import type { Commands } from '../commands.ts';
import type { ArgumentValidator } from '../validator.ts';

export const validators: {
  readonly [Name in ${names.map(name => `'${name}'`).join(' | ')}]: ArgumentValidator<Commands[Name]['arguments']>;
};
`;

/** The module `validator.ts`: what all validators have in common. */
export const VALIDATOR_TYPES = `/** Tells whether \`value\` can be a command's arguments; if not, \`errors\` of the same function says why. */
export interface ArgumentValidator<Arguments> {
  (value: unknown): value is Arguments;
  readonly errors?: readonly ArgumentError[] | null;
}

/**
 * One reason to refuse arguments. Reasons come in the order in which QEMU would meet them, so that the
 * first is the one to tell. Only unexpected members have no order among themselves.
 */
export type ArgumentError = ArgumentErrorDetail & {
  /** Where: a JSON pointer into the arguments. */
  readonly instancePath: string;
  /** The value there. */
  readonly data?: unknown;
};

export type ArgumentErrorDetail =
  /** A member is missing in the object at \`instancePath\`. */
  | { readonly keyword: 'required'; readonly params: { readonly missingProperty: string } }
  /** A member is not known in the object at \`instancePath\`. */
  | { readonly keyword: 'additionalProperties'; readonly params: { readonly additionalProperty: string } }
  | { readonly keyword: 'type'; readonly params: { readonly type: 'string' | 'boolean' | 'object' | 'array' | 'null' } }
  /** Not an integer, or out of the range of the format. */
  | { readonly keyword: 'integer'; readonly params: { readonly format: IntegerFormat } }
  | { readonly keyword: 'number'; readonly params: object }
  /** Not a value of the enumeration. */
  | { readonly keyword: 'enum'; readonly params: { readonly allowedValues: readonly string[] } }
  /** Of none of the types that this alternate has. */
  | { readonly keyword: 'alternate'; readonly params: { readonly type: string } }
  /** Consequences of an error before them. */
  | { readonly keyword: 'discriminator' | 'if'; readonly params: object };

export type IntegerFormat = ${Object.keys(INTEGER_RANGES)
  .map(format => `'${format}'`)
  .join(' | ')};
`;
