import { askBoth } from '../differential/side-by-side.ts';

const CORE = 'power9_v2.0-spapr-cpu-core';

describe('the number of a processor core', function () {
  this.timeout(30_000);
  const args = ['-M', 'pseries', '-nodefaults', '-smp', '1,maxcpus=4'];
  const add = (id: bigint) => ['device_add', { driver: CORE, 'core-id': String(id) }] as const;

  it('has 32 bits, and those below 0 are taken', async function () {
    await askBoth(this, { args }, [
      add(4_294_967_295n),
      add(9_223_372_036_854_775_807n),
      add(-1n),
      add(4_294_967_296n),
      add(4_294_967_297n),
      ['query-hotpluggable-cpus'],
    ]);
  });

  it('can be changed, and the core stays in its place', async function () {
    await askBoth(this, { args }, [
      ['qom-set', { path: '/machine/unattached/device[1]', property: 'core-id', value: 1 }],
      ['query-hotpluggable-cpus'],
      ['query-cpus-fast'],
      add(1n),
      add(0n),
      ['query-hotpluggable-cpus'],
    ]);
  });
});
