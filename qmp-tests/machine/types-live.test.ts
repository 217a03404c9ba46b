import assert from 'node:assert/strict';
import { BesideQemu, requireQemu, type Target } from '../helpers/beside-qemu.ts';
import { CommandError } from '../helpers/wire.ts';
import { byName } from './recorded.ts';

/** Everything that can be asked about types, asked of QEMU and of us, for each machine with types of its own. */
describe('types beside QEMU', function () {
  this.timeout(60_000);
  const machines: readonly (readonly [Target, string])[] = [
    ['ppc64', 'pseries'],
    ['x86_64', 'pc'],
    ['x86_64', 'q35'],
  ];

  for (const [target, machine] of machines) {
    describe(`for ${machine}`, () => {
      let both: BesideQemu;
      let ours: readonly string[];

      before(async function () {
        requireQemu(this, target);
        both = await BesideQemu.start(target, ['-M', machine, '-accel', 'tcg', '-S']);
        ours = (await both.ours.qmp.execute('qom-list-types', { abstract: true })).map(({ name }) => name);
      });
      after(() => both?.stop());

      it('have the same parents, and are abstract or not', async () => {
        const [theirs, own] = await Promise.all(
          [both.qemu, both.ours].map(({ qmp }) => qmp.execute('qom-list-types', { abstract: true })),
        );
        const byTheirName = new Map(theirs?.map(type => [type.name, type]));
        for (const type of own ?? []) assert.deepEqual(type, byTheirName.get(type.name), type.name);
      });

      it('implement the same', async () => {
        const known = new Set(ours);
        const implementing = async (side: BesideQemu['qemu'], name: string) =>
          (await side.qmp.execute('qom-list-types', { implements: name, abstract: true }))
            .map(type => type.name)
            .filter(type => known.has(type))
            .sort();
        for (const name of ours)
          assert.deepEqual(await implementing(both.ours, name), await implementing(both.qemu, name), name);
      });

      for (const command of ['qom-list-properties', 'device-list-properties'] as const) {
        it(`answer ${command} alike`, async () => {
          const properties = async ({ qmp }: BesideQemu['qemu'], typename: string) => {
            try {
              return byName(await qmp.execute(command, { typename }));
            } catch (error) {
              if (error instanceof CommandError) return error.desc;
              throw error;
            }
          };
          for (const typename of ours)
            assert.deepEqual(
              await properties(both.ours, typename),
              await properties(both.qemu, typename),
              typename,
            );
        });
      }
    });
  }
});
