import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** A document of `schema/`, as `meta.schema.json` describes it. */
export interface Document {
  readonly title: string;
  readonly description: string;
  readonly commands?: Readonly<Record<string, Command>>;
  readonly events?: Readonly<Record<string, Event>>;
  readonly $defs?: Readonly<Record<string, TypeDefinition>>;
}

export const TARGETS = ['ppc64', 'x86_64'] as const;
export type Target = (typeof TARGETS)[number];

export interface Command {
  readonly description: string;
  readonly features?: readonly string[];
  readonly 'allow-oob'?: boolean;
  readonly 'allow-preconfig'?: boolean;
  readonly target?: Target;
  readonly unchecked?: boolean;
  readonly arguments?: Payload;
  readonly returns?: Value;
}

export interface Event {
  readonly description: string;
  readonly features?: readonly string[];
  readonly data?: Payload;
}

/** Arguments or data: a reference, or a structure of its own. */
export type Payload = { readonly $ref: string } | Structure;

/** The type of a member, element or result. With neither `type` nor `$ref`, any JSON value. */
export interface Value {
  readonly description?: string;
  readonly features?: readonly string[];
  readonly $ref?: string;
  readonly type?: 'string' | 'boolean' | 'integer' | 'number' | 'null' | 'array';
  readonly format?: string;
  readonly items?: Value;
}

export type TypeDefinition = Enumeration | Structure | Union | Alternate;

interface Definition {
  readonly description?: string;
  readonly features?: readonly string[];
}

export interface Enumeration extends Definition {
  readonly enum: readonly string[];
  readonly 'value-features'?: Readonly<Record<string, readonly string[]>>;
}

export interface Structure extends Definition {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Value>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

export interface Union extends Structure {
  readonly discriminator: {
    readonly propertyName: string;
    readonly mapping: Readonly<Record<string, string>>;
  };
}

export interface Alternate extends Definition {
  readonly oneOf: readonly Value[];
}

export const isEnumeration = (type: TypeDefinition): type is Enumeration => 'enum' in type;
export const isAlternate = (type: TypeDefinition): type is Alternate => 'oneOf' in type;
export const isUnion = (type: TypeDefinition): type is Union => 'discriminator' in type;

/** All documents taken together: the whole interface. Each record is in the order of the documents' names. */
export interface Contract {
  /** The names of each document's commands, by the document's name without its suffix. */
  readonly documents: Readonly<Record<string, readonly string[]>>;
  readonly commands: Readonly<Record<string, Command>>;
  readonly events: Readonly<Record<string, Event>>;
  readonly types: Readonly<Record<string, TypeDefinition>>;
}

const META_SCHEMA = 'meta.schema.json';

/** Names of the documents in a folder, sorted. */
export function documentNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.json') && !name.endsWith('.schema.json'))
    .sort();
}

/**
 * Reads every document of a folder.
 * @throws Error naming the document and the place that breaks the meta schema, defines a name twice,
 * requires a member that is not there or refers to a type that is not there
 */
export function readContract(folder: string): Contract {
  const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile<Document>(
    readJson(join(folder, META_SCHEMA)),
  );
  const documents = new Map<string, Document>();
  for (const name of documentNames(folder)) {
    const document = readJson(join(folder, name));
    if (!validate(document)) {
      const faults = (validate.errors ?? []).map(error => `${name}${error.instancePath}: ${error.message}`);
      throw new Error(faults.join('\n'));
    }
    documents.set(name, document);
  }
  return joinDocuments(documents);
}

function joinDocuments(documents: ReadonlyMap<string, Document>): Contract {
  const commands = collect(documents, document => document.commands);
  const events = collect(documents, document => document.events);
  const types = collect(documents, document => document.$defs);
  for (const [name, document] of documents) checkReferences(name, document, documents);
  for (const [name, type] of Object.entries(types)) checkType(name, type, types);
  for (const [name, { arguments: payload }] of Object.entries(commands)) checkPayload(name, payload);
  for (const [name, { data }] of Object.entries(events)) checkPayload(name, data);
  return { documents: commandNames(documents), commands, events, types };
}

function commandNames(documents: ReadonlyMap<string, Document>): Contract['documents'] {
  const names = [...documents].map(
    ([file, { commands = {} }]) => [file.replace(/\.json$/, ''), Object.keys(commands)] as const,
  );
  return Object.fromEntries(names.filter(([, commands]) => commands.length > 0));
}

function collect<T>(
  documents: ReadonlyMap<string, Document>,
  part: (document: Document) => Readonly<Record<string, T>> | undefined,
): Readonly<Record<string, T>> {
  const all: Record<string, T> = {};
  for (const [file, document] of documents) {
    for (const [name, definition] of Object.entries(part(document) ?? {})) {
      if (name in all) throw new Error(`${file}: '${name}' is defined twice`);
      all[name] = definition;
    }
  }
  return all;
}

/** The type name at the end of a reference. */
export function referredType(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function checkReferences(file: string, document: Document, documents: ReadonlyMap<string, Document>): void {
  for (const reference of referencesIn(document)) {
    const [target = '', fragment = ''] = reference.split('#/$defs/');
    if (documents.get(target === '' ? file : target)?.$defs?.[fragment] === undefined) {
      throw new Error(`${file}: '${reference}' leads nowhere`);
    }
  }
}

function referencesIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    if (key === '$ref' && typeof value === 'string') return [value];
    if (key === 'mapping' && isStringRecord(value)) return Object.values(value);
    return referencesIn(value);
  });
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every(v => typeof v === 'string')
  );
}

function checkPayload(name: string, payload: Payload | undefined): void {
  if (payload !== undefined && !('$ref' in payload)) checkRequired(name, payload);
}

function checkType(name: string, type: TypeDefinition, types: Contract['types']): void {
  if (isEnumeration(type) || isAlternate(type)) return;
  checkRequired(name, type);
  if (!isUnion(type)) return;
  const values = tagValues(type, types);
  for (const value of Object.keys(type.discriminator.mapping)) {
    if (!values.includes(value)) throw new Error(`${name}: '${value}' is no value of the tag`);
  }
}

function checkRequired(name: string, { properties, required = [] }: Structure): void {
  for (const member of required) {
    if (!(member in properties)) throw new Error(`${name}: '${member}' is required, but not defined`);
  }
}

/** The values that a union's tag can have, those without a variant too. */
export function tagValues(union: Union, types: Contract['types']): readonly string[] {
  const tag = union.properties[union.discriminator.propertyName];
  const type = tag?.$ref === undefined ? undefined : types[referredType(tag.$ref)];
  if (type === undefined || !isEnumeration(type)) throw new Error("a union's tag must be an enumeration");
  return type.enum;
}

function readJson(path: string): object {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof value !== 'object' || value === null) throw new Error(`${path}: not a JSON object`);
  return value;
}
