import assert from 'node:assert/strict';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';

/** Words of a command line that sets values for all devices of a type. */
function globals(...wishes: readonly string[]): readonly string[] {
  return wishes.flatMap(wish => ['-global', wish]);
}

describe('-global beside QEMU', function () {
  this.timeout(30_000);

  it('reaches parts of the machine, devices of users, their parts, and what is plugged later', async function () {
    requireQemu(this, 'x86_64');
    const both = await BesideQemu.start('x86_64', [
      ...['-M', 'q35', '-accel', 'tcg', '-S', '-netdev', 'user,id=n'],
      ...globals('ICH9-LPC.disable_s3=1', 'e1000.mac=52:54:00:00:00:01', 'virtio-net-device.host_mtu=1400'),
      ...globals(
        'pci-device.x-pcie-extcap-init=off',
        'pcie-root-port.chassis=5',
        'driver=e1000e,property=netdev,value=n',
      ),
      ...['-device', 'e1000e,id=ee', '-device', 'virtio-net-pci,id=vn', '-device', 'pcie-root-port,id=rp'],
      ...['-device', 'e1000,id=own,mac=52:54:00:00:00:02', '-device', 'e1000,id=common'],
    ]);
    try {
      await both.sameReply('device_add', { driver: 'virtio-net-pci', id: 'late', bus: 'rp', romfile: '' });
      for (const [path, property] of [
        ['/machine/unattached/device[2]', 'disable_s3'],
        ['own', 'mac'],
        ['common', 'mac'],
        ['common', 'x-pcie-extcap-init'],
        ['ee', 'netdev'],
        ['vn', 'host_mtu'],
        ['rp', 'chassis'],
        ['late', 'host_mtu'],
      ] as const)
        await both.sameReply('qom-get', { path, property });
    } finally {
      await both.stop();
    }
  });

  for (const wishes of [
    ['spapr-pci-host-bridge.pgsz=0x1000', 'spapr-pci-host-bridge.foo=1'],
    ['cpu.foo=1'],
    ['virtio-net-device.mac=zz'],
    ['e1000.netdev=nosuch'],
  ]) {
    it(`refuses ${wishes.join(' and ')}`, async function () {
      requireQemu(this, 'ppc64');
      const devices = ['-device', 'virtio-net-pci', '-device', 'e1000'];
      const args = ['-M', 'pseries', '-accel', 'tcg', '-S', ...globals(...wishes), ...devices];
      assert.notEqual(await BesideQemu.refusal('ppc64', args), '');
    });
  }

  it('is only warned of once the machine runs', async function () {
    requireQemu(this, 'ppc64');
    const args = [
      '-M',
      'pseries',
      '-accel',
      'tcg',
      '-S',
      ...globals('e1000.foo=1', 'e1000.rombar=0', 'e1000.romfile='),
    ];
    const both = await BesideQemu.start('ppc64', args);
    try {
      await both.sameReply('device_add', { driver: 'e1000', id: 'e' });
      await both.sameReply('qom-get', { path: 'e', property: 'rombar' });
    } finally {
      await both.stop();
    }
  });
});
