import { compile, type JSONSchema } from 'json-schema-to-typescript';
import {
  type Contract,
  isAlternate,
  isEnumeration,
  isUnion,
  referredType,
  type Structure,
  type TypeDefinition,
  tagValues,
  type Union,
  type Value,
} from './documents.ts';
import { argumentsTypeName, dataTypeName, key } from './names.ts';

/** Prettier's options for what json-schema-to-typescript prints. */
const STYLE = { singleQuote: true, bracketSpacing: true, printWidth: 110 } as const;

/** The module `types.ts`: a type for every definition, every command's arguments and every event's data. */
export async function writeTypes({ commands, events, types }: Contract): Promise<string> {
  const parts: Promise<string>[] = [];
  for (const [name, type] of Object.entries(types)) parts.push(writeDefinition(name, type, types));
  for (const [name, { arguments: payload, unchecked = false }] of Object.entries(commands)) {
    if (payload === undefined || '$ref' in payload || unchecked) continue;
    parts.push(writeStructure(argumentsTypeName(name), payload, `Arguments of \`${name}\`.`));
  }
  for (const [name, { data }] of Object.entries(events)) {
    if (data === undefined || '$ref' in data) continue;
    parts.push(writeStructure(dataTypeName(name), data, `Data of \`${name}\`.`));
  }
  const body = (await Promise.all(parts)).join('\n');
  const used = ['JsonDouble', 'JsonObject', 'JsonValue'].filter(name => body.includes(name));
  return `import type { ${used.join(', ')} } from '../base/json.ts';\n\n${body}`;
}

/**
 * The TypeScript type of a value. Integers of 64 bits may be `bigint`; lists are readonly, so that what a
 * handler returns need not be copied.
 */
export function typeOf(value: Value): string {
  if (value.$ref !== undefined) return referredType(value.$ref);
  switch (value.type) {
    case 'array': {
      const element = typeOf(value.items ?? {});
      return `readonly ${element.includes(' ') ? `(${element})` : element}[]`;
    }
    case 'integer':
      return ['int64', 'uint64', 'size'].includes(value.format ?? '') ? 'number | bigint' : 'number';
    case 'number':
      return 'number | bigint | JsonDouble';
    case undefined:
      return 'JsonValue';
    default:
      return value.type;
  }
}

async function writeDefinition(
  name: string,
  type: TypeDefinition,
  types: Contract['types'],
): Promise<string> {
  const { description = '' } = type;
  if (isEnumeration(type)) return print(name, { description, type: 'string', enum: [...type.enum] });
  if (isAlternate(type)) return print(name, { description, tsType: type.oneOf.map(typeOf).join(' | ') });
  if (!isUnion(type)) return writeStructure(name, type, description);
  const base = await writeStructure(`${name}Base`, type, `What every \`${name}\` has.`);
  return `${base}\n${await print(name, { description, tsType: unionType(name, type, types) })}`;
}

function unionType(name: string, union: Union, types: Contract['types']): string {
  const { propertyName, mapping } = union.discriminator;
  const variants = Object.entries(mapping).map(
    ([value, reference]) => `({ readonly ${key(propertyName)}: '${value}' } & ${referredType(reference)})`,
  );
  const bare = tagValues(union, types).filter(value => !(value in mapping));
  if (bare.length > 0) {
    variants.push(`{ readonly ${key(propertyName)}: ${bare.map(value => `'${value}'`).join(' | ')} }`);
  }
  return `${name}Base & (${variants.join(' | ')})`;
}

function writeStructure(name: string, structure: Structure, description: string): Promise<string> {
  const { properties, required = [], additionalProperties = false } = structure;
  const members = Object.entries(properties).map(([member, value]) => {
    const type = typeOf(value);
    // An optional member may be given as undefined: it is then left out on the wire.
    const tsType = required.includes(member) ? type : `${type} | undefined`;
    return [member, { description: value.description ?? '', tsType }] as const;
  });
  return print(name, {
    description,
    type: 'object',
    properties: Object.fromEntries(members),
    required: [...required],
    additionalProperties: additionalProperties ? { tsType: 'JsonValue | undefined' } : false,
  });
}

async function print(name: string, schema: JSONSchema): Promise<string> {
  return tidy(await compile(schema, name, { bannerComment: '', style: STYLE }));
}

/**
 * json-schema-to-typescript prints interfaces with writable members and three-line comments. Type aliases
 * can be given where a `JsonObject` is wanted; interfaces can't.
 */
function tidy(code: string): string {
  return code
    .replace(/^( *)\/\*\*\n *\* ([^\n]*)\n *\*\/$/gm, '$1/** $2 */')
    .replace(/^export interface (\w+) \{([\s\S]*)\}\n$/m, 'export type $1 = {$2};\n')
    .replace(/^ {2}(?=['\w[][^\n]*\??: )/gm, '  readonly ');
}
