import assert from 'node:assert/strict';
import { createMachine } from '../../src/index.ts';
import { byName, recorded } from './oracle.ts';

interface TypeEntry {
  readonly name: string;
  readonly parent?: string;
  readonly abstract?: boolean;
}

type Answer<T> = T | { readonly error: { readonly desc: string } };

interface PropertyEntry {
  readonly name: string;
  readonly type: string;
}

describe('types', () => {
  const machine = createMachine({ accelerators: ['tcg'], paused: true });
  after(() => machine.close());

  const ourTypes = async () =>
    new Set((await machine.execute('qom-list-types', { abstract: true })).map(({ name }) => name));

  it('have the parents and the abstractness that QEMU gives them', async function () {
    const recording = recorded<readonly TypeEntry[]>(this, 'ppc64/qom-list-types-all-abstract.json');
    const theirs = new Map(recording.map(type => [type.name, type]));
    const ours = await machine.execute('qom-list-types', { abstract: true });
    for (const type of ours) assert.deepEqual(type, theirs.get(type.name), type.name);
  });

  it('implement the interfaces that QEMU has them implement', async function () {
    const recording = recorded<Record<string, readonly string[]>>(this, 'ppc64/qom-list-types-parents.json');
    const known = await ourTypes();
    for (const [implemented, theirs] of Object.entries(recording)) {
      const ours = await machine.execute('qom-list-types', { implements: implemented, abstract: true });
      assert.deepEqual(
        ours.map(({ name }) => name).sort(),
        theirs.filter(name => known.has(name)).sort(),
        implemented,
      );
    }
  });

  it('have the properties that QEMU lists', async function () {
    const recording = recorded<Record<string, Answer<readonly PropertyEntry[]>>>(
      this,
      'ppc64/qom-list-properties.json',
    );
    const known = await ourTypes();
    for (const [typename, expected] of Object.entries(recording)) {
      if ('error' in expected) {
        if (!known.has(typename)) continue;
        const { desc } = expected.error;
        await assert.rejects(machine.execute('qom-list-properties', { typename }), { desc });
      } else if (known.has(typename)) {
        const ours = await machine.execute('qom-list-properties', { typename });
        assert.deepEqual(byName(ours), byName(expected), typename);
      }
    }
  });

  it('refuse to be listed as devices where they are none', async () => {
    const desc = "Parameter 'typename' expects a non-abstract device type";
    for (const typename of ['container', 'device', 'memory-backend-ram', 'pseries-7.2-machine']) {
      await assert.rejects(machine.execute('device-list-properties', { typename }), { desc });
    }
  });
});
