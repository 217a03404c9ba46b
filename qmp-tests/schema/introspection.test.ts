import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandInfo } from '../../src/generated/commands.ts';
import { introspection, introspectionOf } from '../../src/generated/introspection.ts';
import type { SchemaInfo } from '../../src/generated/types.ts';

/** What QEMU 7.2 answered to query-qmp-schema. */
const ALL = [...introspection, ...introspectionOf.ppc64, ...introspectionOf.x86_64];

function schemaOf(target: 'ppc64' | 'x86_64'): readonly SchemaInfo[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, `qemu-7.2-${target}.json`), 'utf8'));
}

/** The types an entry names, by where it names them. */
function references(entry: SchemaInfo): ReadonlyMap<string, string> {
  switch (entry['meta-type']) {
    case 'command':
      return new Map([
        ['arguments', entry['arg-type']],
        ['returns', entry['ret-type']],
      ]);
    case 'event':
      return new Map([['data', entry['arg-type']]]);
    case 'array':
      return new Map([['element', entry['element-type']]]);
    case 'object':
      return new Map([
        ...entry.members.map(({ name, type }) => [name, type] as const),
        ...(entry.variants ?? []).map(variant => [`case ${variant.case}`, variant.type] as const),
      ]);
    case 'alternate':
      return new Map(entry.members.map(({ type }, index) => [String(index), type]));
    default:
      return new Map();
  }
}

/** The entry with every name of a type blotted out. */
function shape(entry: SchemaInfo): unknown {
  const named = ['command', 'event', 'builtin'].includes(entry['meta-type']);
  return JSON.parse(JSON.stringify(named ? entry : { ...entry, name: '' }), (key, value: unknown) =>
    ['type', 'arg-type', 'ret-type', 'element-type'].includes(key) ? '' : value,
  );
}

/** Whether two entries and all that they refer to are the same, apart from the names of types. */
class Comparison {
  readonly #ours: ReadonlyMap<string, SchemaInfo>;
  readonly #theirs: ReadonlyMap<string, SchemaInfo>;
  readonly #seen = new Set<string>();

  constructor(own: readonly SchemaInfo[], qemu: readonly SchemaInfo[]) {
    this.#ours = new Map(own.map(entry => [entry.name, entry]));
    this.#theirs = new Map(qemu.map(entry => [entry.name, entry]));
  }

  has(theirName: string): boolean {
    return this.#theirs.has(theirName);
  }

  compare(ourName: string, theirName: string, path: string): void {
    const pair = `${ourName} ${theirName}`;
    if (this.#seen.has(pair)) return;
    this.#seen.add(pair);
    const ours = this.#entry(this.#ours, ourName);
    const theirs = this.#entry(this.#theirs, theirName);
    assert.deepEqual(shape(ours), shape(theirs), path);
    const others = references(theirs);
    for (const [place, type] of references(ours)) {
      const other = others.get(place);
      assert.ok(other !== undefined, path);
      this.compare(type, other, `${path} → ${place}`);
    }
  }

  #entry(entries: ReadonlyMap<string, SchemaInfo>, name: string): SchemaInfo {
    const entry = entries.get(name);
    assert.ok(entry !== undefined, `no entry '${name}'`);
    return entry;
  }
}

for (const target of ['ppc64', 'x86_64'] as const) {
  describe(`introspection, beside QEMU for ${target}`, () => {
    const own = [...introspection, ...introspectionOf[target]];
    const comparison = new Comparison(own, schemaOf(target));

    for (const { name, 'meta-type': kind } of own) {
      if (kind !== 'command' && kind !== 'event') continue;
      if (comparison.has(name))
        it(`describes the ${kind} ${name} alike`, () => comparison.compare(name, name, name));
      else it(`has the ${kind} ${name} of our own under our prefix`, () => assert.match(name, /^(x-|X_)/));
    }
  });
}

describe('introspection', () => {
  it('has every command of the table', () => {
    const names = ALL.filter(entry => entry['meta-type'] === 'command').map(entry => entry.name);
    assert.deepEqual(names.sort(), Object.keys(commandInfo).sort());
  });

  it('hides the names of types behind numbers', () => {
    for (const { name, 'meta-type': kind } of ALL) {
      if (['object', 'enum', 'alternate'].includes(kind)) assert.match(name, /^\d+$/);
      if (kind === 'array') assert.match(name, /^\[(\d+|str|int|bool|number|any)\]$/);
    }
  });

  it('defines every type once', () => {
    assert.equal(new Set(ALL.map(entry => entry.name)).size, ALL.length);
  });
});
