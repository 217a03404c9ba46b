import { parse } from './messages.ts';

export interface KnownProperty {
  readonly name: string;
  readonly type: string;
}

/** What has been learned of the object tree from QEMU's answers to `qom-list`. */
export class KnownTree {
  readonly #properties = new Map<string, readonly KnownProperty[]>();
  readonly #unexplored = new Set<string>(['/']);

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

  /** Learns from the reply to `qom-list` of an absolute path. */
  learn(path: string, said: readonly string[]): void {
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
}

function listed(reply: unknown): KnownProperty[] {
  if (typeof reply !== 'object' || reply === null || !('return' in reply)) return [];
  return Array.isArray(reply.return) ? reply.return : [];
}
