import assert from 'node:assert/strict';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';

const COMMON = ['-accel', 'tcg', '-S', '-m', '1G', '-smp', '2'];

/** Functions that an IOMMU can tell apart, and others that it cannot. */
const BEHIND_BRIDGES = [
  'e1000e,id=e0,addr=8',
  'pcie-root-port,id=rp,chassis=1,addr=2',
  'e1000e,bus=rp,id=e1',
  'pci-bridge,id=br,chassis_nr=2,addr=6',
  'e1000,bus=br,addr=3',
  'e1000,bus=br,addr=4',
  'pcie-root-port,id=rp2,chassis=2',
  'pcie-pci-bridge,id=ppb,bus=rp2',
  'e1000,bus=ppb,addr=3',
  'pci-bridge,id=br2,bus=ppb,addr=4,chassis_nr=5',
  'e1000,bus=br2,addr=1',
];

/** A few machines, by what `-device` adds to an empty one. */
const MACHINES: Readonly<Record<string, readonly string[]>> = {
  'an empty pc': ['pc'],
  'an empty q35': ['q35'],
  'a pc with bridges': [
    'pc',
    'e1000,id=e0,addr=5',
    'virtio-net-pci,id=vn,addr=6',
    'pci-bridge,id=br,addr=7,chassis_nr=1',
    'e1000,id=behind,bus=br,addr=1',
  ],
  'a q35 with ports of every kind': [
    'q35',
    'pcie-root-port,id=rp1,chassis=1,addr=2',
    'pcie-root-port,id=rp2,chassis=2,addr=3,hotplug=off',
    'ioh3420,id=io1,chassis=3,slot=3,addr=4',
    'virtio-net-pci,id=vn,bus=io1',
    'pcie-pci-bridge,id=ppb,bus=rp2',
    'e1000,id=behind,bus=ppb,addr=1',
    'x3130-upstream,id=up,bus=rp1',
    'xio3130-downstream,id=down1,bus=up,chassis=4,slot=1',
    'xio3130-downstream,id=down2,bus=up,chassis=4,slot=2,addr=1',
    'e1000e,id=deep,bus=down1',
    'i82801b11-bridge,id=old,addr=5',
    'pcie-root-port,chassis=9',
  ],
  'a q35 with an IOMMU': ['q35', 'intel-iommu,id=iommu,aw-bits=48,caching-mode=on', ...BEHIND_BRIDGES],
  'a q35 with an IOMMU that comes late': ['q35', ...BEHIND_BRIDGES, 'intel-iommu,intremap=off'],
  'a q35 with an IOMMU that nobody uses': [
    'q35,default-bus-bypass-iommu=on',
    'intel-iommu',
    ...BEHIND_BRIDGES,
  ],
};

const LINES = [
  ...['info pci', 'info qtree', 'info qom-tree', 'info mtree', 'info mtree -f', 'info mtree -D'],
  ...['info mtree -o', 'info mtree -f -d'],
];

describe('PCs beside QEMU', function () {
  this.timeout(60_000);

  for (const [name, [machine = 'pc', ...devices]] of Object.entries(MACHINES)) {
    it(`${name}: everything that can be seen is the same`, async function () {
      requireQemu(this, 'x86_64');
      const args = ['-M', machine, ...COMMON, ...devices.flatMap(device => ['-device', device])];
      const both = await BesideQemu.start('x86_64', args);
      try {
        for (const line of LINES) await both.sameText(line);
        await both.sameReply('query-pci');
        await both.sameReply('query-hotpluggable-cpus');
      } finally {
        await both.stop();
      }
    });
  }

  for (const devices of [
    ['pcie-root-port,id=a', 'pcie-root-port,id=b'],
    ['xio3130-downstream,chassis=1,slot=2', 'ioh3420,chassis=1,slot=2'],
    ['pci-bridge,shpc=off'],
    ['pcie-root-port,pref32-reserve=1M,pref64-reserve=1M'],
    ['pci-bridge,chassis_nr=1,mem-reserve=5G,pref32-reserve=4G'],
    ['pcie-root-port,pref32-reserve=4G'],
    ['intel-iommu', 'intel-iommu,aw-bits=40'],
    ['intel-iommu,aw-bits=40,x-pasid-mode=on'],
    ['intel-iommu,x-pasid-mode=on'],
    ['intel-iommu,x-pasid-mode=on,device-iotlb=on'],
    ['intel-iommu,aw-bits=40,eim=on'],
    ['intel-iommu,eim=on,intremap=off'],
    ['intel-iommu,bus=pcie.0'],
  ]) {
    it(`refuses ${devices.join(' and ')}`, async function () {
      requireQemu(this, 'x86_64');
      const args = ['-M', 'q35', ...COMMON, ...devices.flatMap(device => ['-device', device])];
      assert.notEqual(await BesideQemu.refusal('x86_64', args), '');
    });
  }

  it('refuses an IOMMU on a pc', async function () {
    requireQemu(this, 'x86_64');
    const args = ['-M', 'pc', ...COMMON, '-device', 'intel-iommu'];
    assert.match(await BesideQemu.refusal('x86_64', args), /dynamic sysbus device type for the machine$/);
  });

  it('an IOMMU stays as it is, and takes no devices of the host without caching mode', async function () {
    requireQemu(this, 'x86_64');
    const devices = ['intel-iommu,id=iommu', 'pcie-root-port,id=rp,chassis=1'];
    const args = ['-M', 'q35', ...COMMON, ...devices.flatMap(device => ['-device', device])];
    const both = await BesideQemu.start('x86_64', args);
    try {
      const vfio = { driver: 'vfio-pci', id: 'iommu', host: '0000:99:00.0' };
      await both.sameReply('device_add', { ...vfio, bus: 'pcie.0' });
      await both.sameReply('device_add', { ...vfio, bus: 'rp' });
      await both.sameReply('device_add', { driver: 'intel-iommu' });
      await both.sameReply('device_del', { id: 'iommu' });
      // A place that had a device keeps its address space.
      await both.sameReply('device_add', { driver: 'e1000e', id: 'hot', bus: 'rp' });
      await both.sameReply('device_del', { id: 'hot' });
      await both.sameReply('system_reset');
      await both.sameEvent('DEVICE_DELETED');
      for (const line of ['info qom-tree', 'info mtree -D', 'info mtree -f']) await both.sameText(line);
      await both.sameReply('device-list-properties', { typename: 'intel-iommu' });
    } finally {
      await both.stop();
    }
  });

  it('ports serve hotplug by ACPI, unless they are told not to', async function () {
    requireQemu(this, 'x86_64');
    const devices = [
      ...['pcie-root-port,id=rp,chassis=1', 'pcie-root-port,id=off,chassis=2,hotplug=off'],
      ...['pcie-root-port,id=full,chassis=3', 'e1000e,id=cold,bus=full', 'e1000e,id=stays,bus=off'],
      ...['pcie-root-port,id=up,chassis=4', 'pcie-pci-bridge,id=ppb,bus=up', 'pci-bridge,id=br,chassis_nr=5'],
    ];
    const args = ['-M', 'q35', ...COMMON, ...devices.flatMap(device => ['-device', device])];
    const both = await BesideQemu.start('x86_64', args);
    const add = (id: string, bus: string, addr?: string) =>
      both.sameReply('device_add', { driver: 'e1000e', id, bus, ...(addr === undefined ? {} : { addr }) });
    const del = (id: string) => both.sameReply('device_del', { id });
    try {
      assert.deepEqual(await add('no', 'off'), {
        class: 'GenericError',
        desc: "Bus 'off' does not support hotplugging",
      });
      await del('stays');
      await add('hot', 'rp');
      await add('second', 'rp', '1');
      await add('third', 'rp');
      await add('late', 'full', '0.1');
      await add('root', 'pcie.0');
      await add('behind', 'ppb', '3');
      await add('aside', 'br', '3');
      for (const id of ['hot', 'hot', 'cold', 'cold', 'ppb', 'br', 'rp', 'behind']) await del(id);
      await both.sameReply('system_reset');
      for (let i = 0; i < 3; i++) await both.sameEvent('DEVICE_DELETED');
      await both.sameReply('qom-list', { path: '/machine/peripheral' });
      for (const bus of ['off/off', 'rp/rp', 'ppb/ppb', 'br/br'])
        await both.sameReply('qom-get', { path: `/machine/peripheral/${bus}`, property: 'hotplug-handler' });
    } finally {
      await both.stop();
    }
  });
});
