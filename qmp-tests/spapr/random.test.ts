import assert from 'node:assert/strict';
import { askBoth, refuseBoth } from '../differential/side-by-side.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { RunningProgram } from '../helpers/program.ts';

const H_FUNCTION = -2;

describe('spapr-rng', () => {
  it('lets the guest ask for random numbers, and there are none without it', async () => {
    const without = new TestMachine();
    assert.deepEqual(await without.execute('x-hcall', { name: 'H_RANDOM', args: [] }), {
      ret: H_FUNCTION,
      out: [],
    });
    without.close();
    const args = ['-M', 'pseries', '-nodefaults', '-object', 'rng-builtin,id=r0'];
    const program = await RunningProgram.start([...args, '-device', 'spapr-rng,rng=r0,use-kvm=on']);
    const numbers = new Set<number | bigint | undefined>();
    for (let i = 0; i < 5; i++) {
      const { ret, out } = await program.qmp.execute('x-hcall', { name: 'H_RANDOM', args: [] });
      assert.equal(ret, 0);
      numbers.add(out[0]);
    }
    assert.equal(numbers.size, 5);
    await program.stop();
  });

  it('is as in QEMU', async function () {
    const args = ['-M', 'pseries', '-nodefaults', '-object', 'rng-builtin,id=r0'];
    await askBoth(this, { args: [...args, '-device', 'spapr-rng,rng=r0,id=random'] }, [
      ['device_add', { driver: 'spapr-rng', rng: 'r0' }],
      ['device-list-properties', { typename: 'spapr-rng' }],
      'qom-list random',
      ['qom-get', { path: 'random', property: 'rng' }],
      ['qom-set', { path: 'random', property: 'use-kvm', value: true }],
      ['device_del', { id: 'random' }],
      'info qtree',
    ]);
    for (const device of [
      'spapr-rng',
      'spapr-rng,use-kvm=on',
      'spapr-rng,rng=nosuch',
      'spapr-rng,rng=r0,x=1',
    ])
      await refuseBoth(this, { args: [...args, '-device', device] });
  });
});
