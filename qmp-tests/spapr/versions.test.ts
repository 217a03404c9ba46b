import assert from 'node:assert/strict';
import { createMachine } from '../../src/index.ts';
import { changesAfter } from '../../src/machine/compat.ts';
import { SPAPR_VERSIONS } from '../../src/spapr/versions.ts';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';
import type { Qmp } from '../helpers/wire.ts';

/** Devices that were once unlike what they are now. */
const DEVICES = [
  ...['e1000', 'e1000e', 'vmxnet3', 'pvscsi', 'intel-hda,id=hda', 'hda-duplex,bus=hda.0'],
  ...['VGA', 'secondary-vga', 'bochs-display', 'pci-bridge,chassis_nr=1,id=br', 'usb-ehci,id=ehci'],
  ...['qemu-xhci,id=usb', 'usb-kbd,bus=usb.0', 'usb-mouse,bus=usb.0', 'usb-tablet,bus=ehci.0'],
  ...['virtio-blk-pci,drive=n0', 'virtio-net-pci', 'virtio-scsi-pci', 'virtio-serial-pci'],
  ...['virtio-rng-pci', 'virtio-balloon-pci', 'virtio-mouse-pci', 'virtio-net-pci-transitional'],
  ...['spapr-pci-host-bridge,index=1,id=phb1', 'spapr-vlan'],
].flatMap(device => ['-device', device]);

const COMMON = [
  ...['-accel', 'tcg', '-S', '-m', '1G', '-blockdev', 'null-co,node-name=n0,read-zeroes=on'],
  ...['-smp', '2', ...DEVICES],
];

/** What TCG has not, and what guests expect to be told. */
const NEEDS: Readonly<Record<string, string>> = Object.fromEntries(
  ['2.8', '2.9', '2.10', '2.11'].map(version => [version, ',cap-htm=off']),
);

/** What the machine itself can be asked. */
const PROPERTIES = [
  ...['ic-mode', 'vsmt', 'resize-hpt', 'modern-hotplug-events', 'suppress-vmdesc', 'smp', 'nvdimm'],
  ...['cap-htm', 'cap-vsx', 'cap-dfp', 'cap-cfpc', 'cap-sbbc', 'cap-ibs', 'cap-hpt-max-page-size'],
  ...['cap-large-decr', 'cap-ccf-assist', 'cap-fwnmi', 'cap-nested-hv'],
];

describe('machines of older versions, beside QEMU', function () {
  this.timeout(60_000);

  it('are those that QEMU lists, described alike', async function () {
    requireQemu(this, 'ppc64');
    const both = await BesideQemu.start('ppc64', ['-M', 'pseries-2.5', '-accel', 'tcg', '-S']);
    try {
      assert.deepEqual(await pseriesMachines(both.ours.qmp), await pseriesMachines(both.qemu.qmp));
    } finally {
      await both.stop();
    }
  });

  for (const { name } of SPAPR_VERSIONS) {
    it(`pseries-${name} has the tree, the devices, the memory map and the properties`, async function () {
      requireQemu(this, 'ppc64');
      const machine = `pseries-${name}${NEEDS[name] ?? ''}`;
      const both = await BesideQemu.start('ppc64', ['-M', machine, ...COMMON]);
      try {
        for (const line of ['info qtree', 'info mtree', 'info qom-tree', 'info pci'])
          await both.sameText(line);
        for (const property of PROPERTIES) await both.sameReply('qom-get', { path: '/machine', property });
        await both.sameReply('qom-list', { path: '/machine' });
        await both.sameReply('qom-get', {
          path: '/machine/unattached/device[0]/thread[0]',
          property: 'type',
        });
        await both.sameReply('query-hotpluggable-cpus');
        // What can come and go.
        await both.sameReply('device_add', { driver: 'e1000', id: 'late', bus: 'phb1.0' });
        await both.sameReply('device_del', { id: 'late' });
        await both.sameReply('device_add', { driver: 'spapr-pci-host-bridge', id: 'phb2', index: 2 });
        await both.sameReply('device_del', { id: 'phb1' });
        await both.sameReply('device_add', { driver: 'spapr-pci-host-bridge', id: 'phb300', index: 300 });
        await both.sameReply('device_del', { id: '/machine/unattached/device[1]' });
      } finally {
        await both.stop();
      }
    });
  }

  it('refuse what they cannot be', async function () {
    requireQemu(this, 'ppc64');
    const refused = (version: string, ...args: readonly string[]) =>
      BesideQemu.refusal('ppc64', ['-accel', 'tcg', '-S', '-M', `pseries-${version}`, ...args]);
    assert.match(await refused('2.6', '-smp', '2,maxcpus=4'), /does not support CPU hotplug$/);
    assert.match(await refused('2.8'), /^No Transactional Memory support in TCG\n/);
    assert.match(await refused('3.0,ic-mode=xics'), /don't pass ic-mode$/);
    assert.match(await refused('7.2,ic-mode=xive', '-cpu', 'power8'), /require a POWER9 CPU$/);
    assert.match(await refused('2.7', '-device', 'spapr-pci-host-bridge,index=256'), /\(max 255\)$/);
    assert.match(await refused('2.8', '-device', 'spapr-pci-host-bridge,index=31'), /\(max 30\)$/);
    const overlong = 'spapr-pci-host-bridge,index=1,mem64_win_size=0x10000';
    assert.match(await refused('2.7', '-device', overlong), /of size 0xf80000000 \(max 2 GiB\)$/);
    const noLegacy = ['virtio-blk-pci-transitional,drive=n0', 'virtio-keyboard-pci'];
    const [blk = ''] = noLegacy;
    const drive = ['-blockdev', 'null-co,node-name=n0'];
    assert.match(await refused('2.4', ...drive, '-device', blk), /Please set scsi=off/);
  });

  it('lay out the windows of bridges, also of odd sizes', async function () {
    requireQemu(this, 'ppc64');
    const sizes = [
      ...['mem_win_size=0x1000000', 'mem_win_size=0x180000000,mem64_win_size=0', 'io_win_size=0x100'],
      'mem64_win_size=0',
    ];
    for (const version of ['7.2', '2.7', '2.2']) {
      const bridges = sizes.flatMap((size, index) => [
        '-device',
        `spapr-pci-host-bridge,index=${index + 1},${size}`,
      ]);
      const both = await BesideQemu.start('ppc64', [
        '-M',
        `pseries-${version}`,
        ...['-accel', 'tcg', '-S'],
        ...bridges,
      ]);
      try {
        await both.sameText('info mtree');
        await both.sameText('info qtree');
      } finally {
        await both.stop();
      }
    }
  });
});

describe('the history of devices', () => {
  it('speaks of devices and properties that there are', async () => {
    const machines = ['pseries', 'pc', 'q35'].map(type =>
      createMachine({ type, accelerators: ['tcg'], paused: true }),
    );
    const registries = machines.map(({ machine }) => machine.type.registry);
    await Promise.all(registries.map(types => types.complete()));
    const types = registries.flatMap(registry => [...registry.all()]);
    const tables = SPAPR_VERSIONS.flatMap(({ name, globals }) => [changesAfter(name), ...globals]);
    for (const [name, values] of tables.flatMap(table => Object.entries(table))) {
      const concerned = types.filter(type => type.isA(name));
      assert.notEqual(concerned.length, 0, `there is no ${name}`);
      for (const property of Object.keys(values)) {
        const known = concerned.some(type => type.properties.has(property));
        assert(known, `${name} has no property ${property}`);
      }
    }
    for (const machine of machines) machine.close();
  });
});

async function pseriesMachines(qmp: Qmp) {
  const machines = await qmp.execute('query-machines');
  const ours = machines.filter(({ name }) => name.startsWith('pseries'));
  return ours.sort((a, b) => (a.name < b.name ? -1 : 1));
}
