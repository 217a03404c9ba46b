import { parse } from './messages.ts';

export interface KnownProperty {
  readonly name: string;
  readonly type: string;
}

/** What has been learned of objects and types from QEMU's answers. */
export class Knowledge {
  readonly #properties = new Map<string, readonly KnownProperty[]>();
  readonly #unexplored = new Set<string>(['/']);
  readonly #types = new Map<string, readonly KnownProperty[]>();

  /** Paths that have been listed. */
  get explored(): readonly string[] {
    return [...this.#properties.keys()];
  }

  /** Paths of children seen, not listed yet. */
  get unexplored(): readonly string[] {
    return [...this.#unexplored];
  }

  properties(path: string): readonly KnownProperty[] {
    return this.#properties.get(path) ?? [];
  }

  /** Properties that devices of this type are known to have. */
  propertiesOfType(type: string): readonly KnownProperty[] {
    return this.#types.get(type) ?? [];
  }

  /** Learns from the reply to `qom-list` of an absolute path. */
  learnObject(path: string, said: readonly string[]): void {
    this.#unexplored.delete(path);
    const properties = said.flatMap(line => listed(parse(line)));
    if (properties.length === 0) {
      this.#properties.delete(path);
      return;
    }
    this.#properties.set(path, properties);
    for (const { name, type } of properties) {
      if (!type.startsWith('child<')) continue;
      const child = path === '/' ? `/${name}` : `${path}/${name}`;
      if (!this.#properties.has(child)) this.#unexplored.add(child);
    }
  }

  /** Learns from the reply to `device-list-properties`. */
  learnType(type: string, said: readonly string[]): void {
    const properties = said.flatMap(line => listed(parse(line)));
    if (properties.length > 0) this.#types.set(type, properties);
  }
}

function listed(reply: unknown): KnownProperty[] {
  if (typeof reply !== 'object' || reply === null || !('return' in reply)) return [];
  return Array.isArray(reply.return) ? reply.return : [];
}
