/** An entry of `query-qmp-schema` as far as it refers to others. */
export interface SchemaEntry {
  readonly name: string;
  readonly 'meta-type': string;
  readonly 'arg-type'?: string;
  readonly 'ret-type'?: string;
  readonly 'element-type'?: string;
  readonly members?: readonly { readonly type?: string }[];
  readonly variants?: readonly { readonly type?: string }[];
}

/**
 * Restricts a schema to the commands that there are: entries for these, for all events, and for the types that
 * they use, directly or not. Order and names stay as they are.
 */
export function restrictSchema<Entry extends SchemaEntry>(
  schema: readonly Entry[],
  hasCommand: (name: string) => boolean,
): readonly Entry[] {
  const types = new Map<string, Entry>();
  for (const entry of schema) if (!isRoot(entry)) types.set(entry.name, entry);
  const kept = new Set<Entry>();
  const keep = (entry: Entry | undefined): void => {
    if (entry === undefined || kept.has(entry)) return;
    kept.add(entry);
    for (const type of typesOf(entry)) keep(types.get(type));
  };
  for (const entry of schema) {
    if (isRoot(entry) && (entry['meta-type'] === 'event' || hasCommand(entry.name))) keep(entry);
  }
  return schema.filter(entry => kept.has(entry));
}

function isRoot(entry: SchemaEntry): boolean {
  return entry['meta-type'] === 'command' || entry['meta-type'] === 'event';
}

function typesOf(entry: SchemaEntry): readonly string[] {
  const parts = [...(entry.members ?? []), ...(entry.variants ?? [])].map(part => part.type);
  const types = [entry['arg-type'], entry['ret-type'], entry['element-type'], ...parts];
  return types.filter(type => type !== undefined);
}
