import {
  type Contract,
  isAlternate,
  isEnumeration,
  isUnion,
  type Payload,
  referredType,
  type Structure,
  TARGETS,
  type TypeDefinition,
  tagValues,
  type Value,
} from './documents.ts';

/** An entry as `query-qmp-schema` returns it. */
export type Entry = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly 'meta-type': string;
};

const BUILTINS = {
  str: 'string',
  int: 'int',
  number: 'number',
  bool: 'boolean',
  null: 'null',
  any: 'value',
} as const;
type Builtin = keyof typeof BUILTINS;

/** A type that waits for its entry. `null` is the structure without members. */
type Pending = TypeDefinition | null;

/**
 * Entries for all commands and events, in the order of the contract, then for the types they use. As with
 * QEMU, names of types are hidden behind numbers, so that no client comes to depend on them; only built-in
 * types keep their names, and a list is `[element]`.
 */
export function introspect({ commands, events, types }: Contract): readonly Entry[] {
  const numbers = new Map<Pending, string>();
  const lists = new Map<string, Entry>();
  const builtins = new Set<Builtin>();

  function nameOf(type: Pending): string {
    const name = numbers.get(type) ?? String(numbers.size);
    numbers.set(type, name);
    return name;
  }

  function nameOfReference(reference: string): string {
    const name = referredType(reference);
    const type = types[name];
    if (type === undefined) throw new Error(`no type '${name}'`);
    return nameOf(type);
  }

  function nameOfPayload(payload: Payload | undefined): string {
    if (payload === undefined) return nameOf(null);
    return '$ref' in payload ? nameOfReference(payload.$ref) : nameOf(payload);
  }

  function nameOfValue(value: Value): string {
    if (value.$ref !== undefined) return nameOfReference(value.$ref);
    if (value.type === 'array') return nameOfList(nameOfValue(value.items ?? {}));
    const name = builtinOf(value.type);
    builtins.add(name);
    return name;
  }

  function nameOfList(element: string): string {
    const name = `[${element}]`;
    lists.set(name, { name, 'meta-type': 'array', 'element-type': element });
    return name;
  }

  function membersOf({ properties, required = [] }: Structure): readonly object[] {
    return Object.entries(properties).map(([name, value]) => ({
      name,
      type: nameOfValue(value),
      ...(required.includes(name) ? {} : { default: null }),
      ...featuresOf(value),
    }));
  }

  function describe(name: string, type: Pending): Entry {
    if (type === null) return { name, 'meta-type': 'object', members: [] };
    const features = featuresOf(type);
    if (isEnumeration(type)) {
      const members = type.enum.map(value => ({
        name: value,
        ...featuresOf({ features: type['value-features']?.[value] ?? [] }),
      }));
      return { name, 'meta-type': 'enum', members, values: type.enum, ...features };
    }
    if (isAlternate(type)) {
      const members = type.oneOf.map(value => ({ type: nameOfValue(value) }));
      return { name, 'meta-type': 'alternate', members, ...features };
    }
    const object = { name, 'meta-type': 'object', members: membersOf(type), ...features };
    if (!isUnion(type)) return object;
    const { propertyName: tag, mapping } = type.discriminator;
    const bare = tagValues(type, types).filter(value => !(value in mapping));
    const variants = [
      ...Object.entries(mapping).map(([value, reference]) => ({
        case: value,
        type: nameOfReference(reference),
      })),
      ...bare.map(value => ({ case: value, type: nameOf(null) })),
    ];
    return { ...object, tag, variants };
  }

  const entries: Entry[] = [];
  for (const [name, command] of Object.entries(commands)) {
    entries.push({
      name,
      'meta-type': 'command',
      'arg-type': nameOfPayload(command.arguments),
      'ret-type': command.returns === undefined ? nameOf(null) : nameOfValue(command.returns),
      ...(command['allow-oob'] === true ? { 'allow-oob': true } : {}),
      ...featuresOf(command),
    });
  }
  for (const [name, event] of Object.entries(events)) {
    entries.push({ name, 'meta-type': 'event', 'arg-type': nameOfPayload(event.data), ...featuresOf(event) });
  }
  // Describing a type can add further ones; a Map's iteration reaches these too.
  for (const [type, name] of numbers) entries.push(describe(name, type));
  entries.push(...lists.values());
  for (const name of builtins) entries.push({ name, 'meta-type': 'builtin', 'json-type': BUILTINS[name] });
  return entries;
}

function builtinOf(type: Value['type']): Builtin {
  switch (type) {
    case 'string':
      return 'str';
    case 'integer':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'number':
    case 'null':
      return type;
    default:
      return 'any';
  }
}

function featuresOf({ features = [] }: { readonly features?: readonly string[] }): {
  readonly features?: readonly string[];
} {
  return features.length > 0 ? { features } : {};
}

/** The module `introspection.ts`; only `query-qmp-schema` needs it. */
export function writeIntrospection(contract: Contract): string {
  const entries = introspect(contract);
  const list = (chosen: readonly Entry[]) => chosen.map(entry => `  ${JSON.stringify(entry)},\n`).join('');
  const shared = reachable(entries, name => contract.commands[name]?.target === undefined);
  const own = TARGETS.map(target => {
    const all = reachable(entries, name => (contract.commands[name]?.target ?? target) === target);
    return `  ${target}: [\n${list([...all].filter(entry => !shared.has(entry)))}  ],`;
  });
  return `import type { SchemaInfo } from './types.ts';

/** What \`query-qmp-schema\` returns whatever the architecture of the processors is. */
export const introspection: readonly SchemaInfo[] = [
${list([...shared])}];

/** And what comes to it. */
export const introspectionOf: Readonly<Record<'ppc64' | 'x86_64', readonly SchemaInfo[]>> = {
${own.join('\n')}
};
`;
}

/** Events, the commands that are chosen by their names, and all that they speak of. */
function reachable(entries: readonly Entry[], isChosen: (command: string) => boolean): ReadonlySet<Entry> {
  const byName = new Map(entries.map(entry => [entry.name, entry]));
  const reached = new Set(
    entries.filter(entry => {
      const kind = entry['meta-type'];
      return kind === 'event' || (kind === 'command' && isChosen(entry.name));
    }),
  );
  // A Set's iteration reaches what is added meanwhile.
  for (const entry of reached) {
    for (const name of namesIn(entry)) {
      const type = byName.get(name);
      if (type !== undefined) reached.add(type);
    }
  }
  // In the order of the whole.
  return new Set(entries.filter(entry => reached.has(entry)));
}

/** The types that an entry speaks of. */
function namesIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    REFERENCES.includes(key) && typeof value === 'string' ? [value] : namesIn(value),
  );
}

const REFERENCES: readonly string[] = ['arg-type', 'ret-type', 'element-type', 'type'];
