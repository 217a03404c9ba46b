import assert from 'node:assert/strict';
import { TestMachine } from '../helpers/in-process.ts';
import { byName, recorded } from '../machine/recorded.ts';

interface NameAndType {
  readonly name: string;
  readonly type: string;
}

for (const type of ['pc', 'q35']) {
  describe(`the tree of ${type}`, () => {
    const plainMachine = () =>
      new TestMachine({ type, paused: true, accelerators: ['tcg'], ramSize: 128n << 20n });

    it('has the objects and properties that QEMU has', async () => {
      const recording = recorded<Record<string, readonly NameAndType[]>>(`x86_64/${type}-plain-qom-list`);
      const test = plainMachine();
      for (const [place, expected] of Object.entries(recording)) {
        const wanted = expected.filter(({ name }) => name !== 'compat_monitor0');
        assert.deepEqual(byName(await test.execute('qom-list', { path: place })), byName(wanted), place);
      }
      test.close();
    });

    it('has the PCI functions that QEMU has', async () => {
      const recording = recorded<unknown>(`x86_64/${type}-plain-query-pci`);
      const test = plainMachine();
      assert.deepEqual(await test.execute('query-pci'), recording);
      test.close();
    });

    it('comes in the machine types that QEMU has', async () => {
      const recording = recorded<readonly NameAndType[]>('x86_64/query-machines');
      const test = plainMachine();
      const ours = await test.execute('query-machines');
      const pcs = recording.filter(({ name }) => /^(pc-(i440fx|q35)-|none$)/.test(name));
      assert.deepEqual(byName(ours), byName(pcs));
      test.close();
    });
  });
}

describe('memory of a PC', () => {
  const GiB = 1n << 30n;

  /** Where the parts of RAM are, and how large: from the first to the last address. */
  async function ranges(options: ConstructorParameters<typeof TestMachine>[0]) {
    const test = new TestMachine({ paused: true, ...options });
    const found: Record<string, readonly [number, number]> = {};
    for (const name of ['ram-below-4g', 'ram-above-4g']) {
      const path = `/machine/unattached/${name}[0]`;
      try {
        const read = async (property: string) => Number(await test.execute('qom-get', { path, property }));
        found[name] = [await read('addr'), await read('size')];
      } catch {
        // Not every machine has this part.
      }
    }
    test.close();
    return found;
  }

  it('is cut at 3 GiB on pc, unless all of it fits below 3.5 GiB', async () => {
    const low = { 'ram-below-4g': [0, 0xdff00000] };
    assert.deepEqual(await ranges({ type: 'pc', ramSize: 0xdff00000n }), low);
    assert.deepEqual(await ranges({ type: 'pc', ramSize: 4n * GiB }), {
      'ram-below-4g': [0, 0xc0000000],
      'ram-above-4g': [0x100000000, 0x40000000],
    });
  });

  it('is cut at 2 GiB on q35, unless all of it fits below 2.75 GiB', async () => {
    const low = { 'ram-below-4g': [0, 0xaff00000] };
    assert.deepEqual(await ranges({ type: 'q35', ramSize: 0xaff00000n }), low);
    assert.deepEqual(await ranges({ type: 'q35', ramSize: 4n * GiB }), {
      'ram-below-4g': [0, 0x80000000],
      'ram-above-4g': [0x100000000, 0x80000000],
    });
  });

  it('is cut where the user says', async () => {
    const properties = { 'max-ram-below-4g': '1G' };
    for (const type of ['pc', 'q35']) {
      assert.deepEqual(await ranges({ type, ramSize: 4n * GiB, properties }), {
        'ram-below-4g': [0, 0x40000000],
        'ram-above-4g': [0x100000000, 0xc0000000],
      });
    }
  });
});
