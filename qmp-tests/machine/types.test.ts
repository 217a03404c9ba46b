import assert from 'node:assert/strict';
import { createMachine } from '../../src/index.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';
import { byName, recorded } from './recorded.ts';

interface TypeEntry {
  readonly name: string;
  readonly parent?: string;
  readonly abstract?: boolean;
}

interface PropertyEntry {
  readonly name: string;
  readonly type: string;
}

/** Properties by type, or why a type has none to show. */
type PropertyLists = Record<string, readonly PropertyEntry[] | { readonly error: { readonly desc: string } }>;

const TARGETS = { ppc64: 'pseries', x86_64: 'q35' } as const;

for (const [target, type] of Object.entries(TARGETS)) {
  describe(`types for ${target}`, () => {
    const machine = new TestMachine({ type, accelerators: ['tcg'], paused: true });
    after(() => machine.close());

    const ourTypes = async () =>
      new Set((await machine.execute('qom-list-types', { abstract: true })).map(({ name }) => name));

    for (const command of ['qom-list-properties', 'device-list-properties'] as const) {
      it(`have the properties that QEMU lists (${command})`, async () => {
        const recording = recorded<PropertyLists>(`${target as keyof typeof TARGETS}/${command}`);
        const known = await ourTypes();
        for (const [typename, expected] of Object.entries(recording)) {
          if (!known.has(typename)) continue;
          if ('error' in expected) {
            assert.equal(await refusal(machine, command, { typename }), expected.error.desc);
          } else {
            assert.deepEqual(
              byName(await machine.execute(command, { typename })),
              byName(expected),
              typename,
            );
          }
        }
      });
    }
  });
}

describe('types', () => {
  const machine = createMachine({ accelerators: ['tcg'], paused: true });
  after(() => machine.close());

  it('have the parents and the abstractness that QEMU gives them', async () => {
    const recording = recorded<readonly TypeEntry[]>('ppc64/qom-list-types-all-abstract');
    const theirs = new Map(recording.map(type => [type.name, type]));
    const ours = await machine.execute('qom-list-types', { abstract: true });
    for (const type of ours) assert.deepEqual(type, theirs.get(type.name), type.name);
  });

  it('have the parents that QEMU gives them: devices of PCs', async () => {
    const pc = createMachine({ type: 'q35', accelerators: ['tcg'], paused: true });
    const recording = recorded<readonly TypeEntry[]>('x86_64/qom-list-types-device');
    const theirs = new Map(recording.map(type => [type.name, type]));
    const ours = await pc.execute('qom-list-types', { implements: 'device' });
    pc.close();
    for (const type of ours) assert.deepEqual(type, theirs.get(type.name), type.name);
  });

  it('implement the interfaces that QEMU has them implement', async () => {
    const recording = recorded<Record<string, readonly string[]>>('ppc64/qom-list-types-parents');
    const all = await machine.execute('qom-list-types', { abstract: true });
    const known = new Set(all.map(({ name }) => name));
    for (const [implemented, theirs] of Object.entries(recording)) {
      const ours = await machine.execute('qom-list-types', { implements: implemented, abstract: true });
      assert.deepEqual(
        ours.map(({ name }) => name).sort(),
        theirs.filter(name => known.has(name)).sort(),
        implemented,
      );
    }
  });

  it('refuse to be listed as devices where they are none', async () => {
    const desc = "Parameter 'typename' expects a non-abstract device type";
    for (const typename of ['container', 'device', 'memory-backend-ram', 'pseries-7.2-machine']) {
      await assert.rejects(machine.execute('device-list-properties', { typename }), { desc });
    }
  });
});
