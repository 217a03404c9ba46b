import assert from 'node:assert/strict';
import { createMachine, type MachineOptions } from '../../src/index.ts';
import { byName, recorded } from './recorded.ts';

interface NameAndType {
  readonly name: string;
  readonly type: string;
}

function pausedMachine(options: MachineOptions = {}) {
  return createMachine({ accelerators: ['tcg'], paused: true, ...options });
}

describe('the tree of a machine', () => {
  it('has the objects and properties that QEMU has', async () => {
    const recording = recorded<Record<string, readonly NameAndType[]>>('ppc64/plain-qom-list');
    const machine = pausedMachine();
    for (const [path, expected] of Object.entries(recording)) {
      const wanted = expected.filter(({ name }) => name !== 'compat_monitor0');
      assert.deepEqual(byName(await machine.execute('qom-list', { path })), byName(wanted), path);
    }
    machine.close();
  });

  it('follows the processor: before POWER9 there is no XIVE', async () => {
    const machine = pausedMachine({ cpu: 'power8' });
    const names = (await machine.execute('qom-list', { path: '/machine/unattached' })).map(
      ({ type }) => type,
    );
    assert.ok(!names.includes('child<spapr-xive>'));
    assert.ok(names.includes('child<power8_v2.0-spapr-cpu-core>'));
    const thread = await machine.execute('qom-list', { path: '/machine/unattached/device[0]/thread[0]' });
    assert.deepEqual(
      thread.filter(({ type }) => type.startsWith('child<')).map(({ name }) => name),
      ['icp', 'unnamed-gpio-in[0]'],
    );
    assert.equal(await machine.execute('qom-get', { path: '/machine', property: 'cap-large-decr' }), false);
    machine.close();
  });

  it('has a connector for each thing that can come later', async () => {
    const machine = pausedMachine({
      smp: { cpus: 2, maxcpus: 8 },
      ramSize: 1536n << 20n,
      ramSlots: 3n,
      maxRamSize: 4n << 30n,
    });
    const connectors = (await machine.execute('qom-list', { path: '/machine' })).filter(({ name }) =>
      name.startsWith('dr-connector['),
    );
    const count = (type: string) =>
      connectors.filter(each => each.type === `child<spapr-drc-${type}>`).length;
    assert.deepEqual(
      { cpu: count('cpu'), phb: count('phb'), lmb: count('lmb'), pmem: count('pmem') },
      { cpu: 8, phb: 31, lmb: 10, pmem: 3 },
    );
    const area = '/machine/device-memory[0]';
    assert.equal(await machine.execute('qom-get', { path: area, property: 'addr' }), 2n << 30n);
    assert.equal(await machine.execute('qom-get', { path: area, property: 'size' }), 2560n << 20n);
    // Memory blocks are numbered from the start of memory.
    assert.equal(
      await machine.execute('qom-get', { path: '/dr-connector', property: '80000008' }),
      `/machine/dr-connector[${0x80000008}]`,
    );
    machine.close();
  });
});
