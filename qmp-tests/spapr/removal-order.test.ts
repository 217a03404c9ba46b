import assert from 'node:assert/strict';
import { askBoth } from '../differential/side-by-side.ts';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';
import type { RunningProgram } from '../helpers/program.ts';

describe('what is asked to go goes at the next reset', function () {
  this.timeout(30_000);
  const args = ['-M', 'pseries', '-nodefaults'];
  const bridge = (index: number) =>
    ['device_add', { driver: 'spapr-pci-host-bridge', index, id: `phb${index}` }] as const;

  it('in the order of all connectors, with its parts', async function () {
    await askBoth(this, { args }, [
      'device_add pci-serial,id=serial',
      'device_add virtio-serial-pci,id=virtio,addr=3',
      bridge(1),
      'device_add pci-serial,id=other,bus=phb1.0',
      'device_add ich9-ahci,id=ahci,addr=1f',
      'system_reset',
      'device_del virtio',
      'device_del serial',
      'device_del ahci',
      'device_del phb1',
      'system_reset',
    ]);
  });

  it('with what a bridge has, if that goes with its host bridge', async function () {
    await askBoth(this, { args }, [
      bridge(1),
      'device_add pci-bridge,id=bridge,bus=phb1.0,chassis_nr=2',
      'device_add e1000,bus=bridge,addr=1',
      'device_del phb1',
      'info qom-tree',
    ]);
  });

  it('which depends on the connectors that there once were', async function () {
    requireQemu(this, 'ppc64');
    const both = await BesideQemu.start('ppc64', ['-M', 'pseries', '-S', '-accel', 'tcg']);
    try {
      const sameOrder = async () => {
        const list = ({ qmp }: RunningProgram) => qmp.execute('qom-list', { path: '/dr-connector' });
        const [expected, actual] = await Promise.all([list(both.qemu), list(both.ours)]);
        assert.deepEqual(actual, expected);
      };
      const step = async (action: 'add' | 'remove', index: number) => {
        if (action === 'add') await both.sameReply(...bridge(index));
        else await both.sameReply('device_del', { id: `phb${index}` });
        await sameOrder();
      };
      for (const index of [1, 2, 30]) await step('add', index);
      for (const index of [1, 30]) await step('remove', index);
      for (const index of [5, 4, 3]) await step('add', index);
      for (const index of [2, 3, 4, 5]) await step('remove', index);
    } finally {
      await both.stop();
    }
  });
});
