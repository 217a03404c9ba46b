import assert from 'node:assert/strict';
import { changesAfter } from '../../src/machine/compat.ts';
import { PC_MACHINES } from '../../src/pc/machines.ts';
import { PC_VERSIONS } from '../../src/pc/versions.ts';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';
import { TestMachine } from '../helpers/in-process.ts';

/** Devices that were once unlike what they are now. */
const DEVICES = {
  pc: [
    ...['e1000', 'e1000e', 'vmxnet3', 'pvscsi', 'VGA', 'secondary-vga', 'pci-bridge,chassis_nr=1,id=br'],
    ...['qemu-xhci,id=usb', 'usb-kbd,bus=usb.0', 'usb-mouse,bus=usb.0', 'usb-tablet,bus=usb.0'],
    ...['virtio-net-pci', 'virtio-scsi-pci', 'virtio-serial-pci', 'virtio-rng-pci', 'virtio-balloon-pci'],
    ...['virtio-blk-pci,drive=n0', 'virtio-mouse-pci', 'e1000,bus=br,addr=1,id=behind'],
  ],
  q35: [
    ...['intel-iommu,id=iommu', 'pcie-root-port,id=rp,chassis=1', 'pcie-root-port,id=rq,chassis=2'],
    ...['ioh3420,id=io,chassis=3', 'e1000e,id=behind,bus=rp', 'virtio-net-pci,bus=rq', 'virtio-net-pci'],
    ...['VGA', 'pci-bridge,chassis_nr=9,id=br', 'pcie-pci-bridge,id=ppb,bus=io', 'vmxnet3', 'pvscsi'],
    ...['virtio-scsi-pci', 'virtio-blk-pci,drive=n0', 'virtio-balloon-pci'],
  ],
};

/** What the machine, a processor and the southbridges can be asked. */
const PROPERTIES: readonly (readonly [path: string, properties: readonly string[]])[] = [
  ['/machine', ['suppress-vmdesc', 'firmware', 'max-ram-below-4g', 'device-memory-region-size', 'smp']],
  ['/machine/i440fx', ['pci-hole64-start', 'pci-hole64-end', 'short_root_bus']],
  ['/machine/q35', ['pci-hole64-start', 'pci-hole64-end', 'short_root_bus']],
  [
    '/machine/unattached/device[0]',
    [
      ...['family', 'model', 'stepping', 'model-id', 'level', 'min-level', 'abm', 'popcnt', 'sse4a', 'check'],
      ...['pmu', 'l3-cache', 'cpuid-0xb', 'x-hv-max-vps', 'hv-version-id-build', 'tcg-cpuid'],
    ],
  ],
];

describe('PCs of older versions, beside QEMU', function () {
  this.timeout(60_000);

  for (const { info, isEmpty } of PC_MACHINES) {
    if (isEmpty === true) continue;
    it(`${info.name} has the tree, the devices, the memory map and the properties`, async function () {
      requireQemu(this, 'x86_64');
      const devices = DEVICES[info.name.startsWith('pc-q35') ? 'q35' : 'pc'];
      const version = PC_VERSIONS.find(({ name }) => info.name.endsWith(`-${name}`));
      const slots = version?.hasMemoryHotplug === true ? ',slots=4,maxmem=8G' : '';
      const both = await BesideQemu.start('x86_64', [
        ...['-M', info.name, '-accel', 'tcg', '-S', '-m', `5G${slots}`, '-smp', '4,maxcpus=8'],
        ...['-blockdev', 'null-co,node-name=n0,read-zeroes=on'],
        ...devices.flatMap(device => ['-device', device]),
      ]);
      try {
        for (const line of ['info qtree', 'info mtree', 'info qom-tree', 'info pci'])
          await both.sameText(line);
        for (const [path, properties] of PROPERTIES) {
          await both.sameReply('qom-list', { path });
          for (const property of properties) await both.sameReply('qom-get', { path, property });
        }
        await both.sameReply('query-hotpluggable-cpus');
        // What can come and go.
        for (const bus of ['rp', 'br', 'ppb', 'pci.0', 'pcie.0'])
          await both.sameReply('device_add', { driver: 'e1000', id: `late-${bus}`, bus });
        await both.sameReply('device_del', { id: 'late-br' });
        for (const bus of ['rp', 'io', 'br', 'pci.0', 'pcie.0'])
          await both.sameReply('device_add', { driver: 'e1000e', id: `new-${bus}`, bus });
        for (const id of ['behind', 'behind', 'br', 'rp', 'new-br', 'late-rp', 'late-br', 'late-pci.0'])
          await both.sameReply('device_del', { id });
        for (const id of ['late-br', 'new-br', 'late-pci.0', 'late-rp'])
          await both.sameReply('qom-list', { path: `/machine/peripheral/${id}` });
        await both.sameReply('query-pci');
      } finally {
        await both.stop();
      }
    });
  }

  it('say when they are too old, and refuse what they cannot be', async function () {
    requireQemu(this, 'x86_64');
    const refused = (version: string, ...args: readonly string[]) =>
      BesideQemu.refusal('x86_64', ['-accel', 'tcg', '-S', '-M', `pc-${version}`, ...args]);
    const slots = ['-m', '1G,slots=2,maxmem=2G'];
    assert.match(await refused('i440fx-2.0', ...slots), /is not supported by: pc-i440fx-2\.0$/);
    assert.match(
      await refused('i440fx-1.7', '-device', 'no-such'),
      /^warning: Machine type .* is deprecated/,
    );
    assert.match(await refused('q35-2.7', '-smp', '256'), /255/);
    assert.match(await refused('q35-1.7'), /^unsupported machine type/);
    assert.match(await refused('i440fx-4.0.1'), /^unsupported machine type/);
  });
});

describe('the history of PCs', () => {
  it('speaks of devices and properties that there are', async () => {
    const tests = ['pc', 'q35'].map(type => new TestMachine({ type, accelerators: ['tcg'], paused: true }));
    const registries = tests.map(({ machine }) => machine.type.registry);
    await Promise.all(registries.map(types => types.complete()));
    const types = registries.flatMap(registry => [...registry.all()]);
    const shared = PC_VERSIONS.map(({ name }) => changesAfter(name));
    const own = PC_VERSIONS.flatMap(({ globals }) => globals).filter(table => !shared.includes(table));
    for (const [name, values] of own.flatMap(table => Object.entries(table))) {
      const concerned = types.filter(type => type.isA(name));
      assert.notEqual(concerned.length, 0, `there is no ${name}`);
      for (const property of Object.keys(values)) {
        const known = concerned.some(type => type.properties.has(property));
        assert(known, `${name} has no property ${property}`);
      }
    }
    for (const test of tests) test.close();
  });
});
