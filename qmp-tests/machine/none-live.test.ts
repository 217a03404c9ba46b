import { askBoth, type Question, refuseBoth, type Target } from '../differential/side-by-side.ts';

const MACHINE_PROPERTIES = [
  'boot',
  'memory',
  'smp',
  'firmware',
  'kernel',
  'usb',
  'graphics',
  'memory-backend',
];

const get = (path: string, property: string): Question => ['qom-get', { path, property }];

/** What clients ask of a machine without anything, and what cannot be done with one. */
const QUESTIONS: readonly Question[] = [
  ...['query-status', 'query-kvm', 'query-target', 'query-uuid', 'query-name', 'query-current-machine'].map(
    (name): Question => [name],
  ),
  ...['query-cpus-fast', 'query-hotpluggable-cpus', 'query-memory-size-summary', 'query-memdev'].map(
    (name): Question => [name],
  ),
  ...['query-memory-devices', 'query-balloon', 'query-acpi-ospm-status', 'query-vm-generation-id'].map(
    (name): Question => [name],
  ),
  ...['query-pci', 'query-block', 'query-chardev', 'query-mice', 'query-rx-filter', 'query-iothreads'].map(
    (name): Question => [name],
  ),
  ...['x-query-numa', 'x-query-roms', 'x-query-irq', 'x-query-ramblock', 'query-tpm-models'].map(
    (name): Question => [name],
  ),
  ['query-migrate-capabilities'],
  ['query-cpu-definitions'],
  ['qom-list', { path: '/' }],
  ['qom-list', { path: '/machine' }],
  ['qom-list', { path: '/machine/unattached' }],
  ...MACHINE_PROPERTIES.map(property => get('/machine', property)),
  get('/machine/unattached/sysbus', 'hotplug-handler'),
  ...['qtree', 'qom-tree', 'mtree', 'pci', 'network', 'cpus', 'numa', 'hotpluggable-cpus', 'chardev'].map(
    topic => `info ${topic}`,
  ),
  ...['e1000', 'pc-dimm', 'spapr-pci-host-bridge', 'power9_v2.0-spapr-cpu-core', 'intel-iommu', 'nosuch'].map(
    driver => `device_add ${driver}`,
  ),
  ['inject-nmi'],
  ['object-add', { 'qom-type': 'memory-backend-ram', id: 'm', size: 1 << 20 }],
  ['query-memdev'],
  ['object-del', { id: 'm' }],
  ['netdev_add', { type: 'user', id: 'u' }],
  'info network',
  ['system_reset'],
  ['cont'],
  ['query-status'],
  ['system_powerdown'],
  ['stop'],
  ['device_del', { id: 'x' }],
];

const TYPES: Readonly<Record<Target, readonly string[]>> = {
  ppc64: ['virtio-blk-pci', 'virtio-net-pci', 'vfio-pci', 'scsi-hd', 'spapr-pci-host-bridge', 'VGA'],
  x86_64: ['virtio-blk-pci', 'vfio-pci', 'ide-hd', 'PIIX4_PM', 'ICH9-LPC', 'intel-iommu', 'isa-serial'],
};

const MODELS: Readonly<Record<Target, string>> = { ppc64: 'power9', x86_64: 'qemu64' };

for (const target of ['ppc64', 'x86_64'] as const) {
  describe(`a machine without anything for ${target}, beside QEMU`, () => {
    const types = TYPES[target].map((typename): Question => ['device-list-properties', { typename }]);
    const good = ['-nodefaults', '', '-m 1G', '-serial null -parallel null', '-bios nosuch', '-usb'];
    for (const line of good) {
      it(`-M none ${line}`, async function () {
        await askBoth(this, { target, args: ['-M', 'none', ...words(line)] }, [...QUESTIONS, ...types]);
      });
    }

    it('knows the properties of machines', async function () {
      const names =
        target === 'ppc64' ? ['pseries-7.2-machine'] : ['pc-q35-7.2-machine', 'pc-i440fx-7.2-machine'];
      const questions = ['none-machine', ...names].map(
        (typename): Question => ['qom-list-properties', { typename }],
      );
      await askBoth(this, { target, args: ['-M', 'none', '-nodefaults'] }, questions);
    });

    const bad = [
      '-smp 2',
      '-kernel x',
      '-numa node',
      '-device e1000',
      '-device usb-tablet',
      '-device nosuch',
    ];
    const missing = ['-usbdevice mouse', '-drive if=virtio', '-cpu nosuch', '-vga tcx'];
    for (const line of [...bad, ...missing]) {
      it(`-M none ${line} is refused`, async function () {
        await refuseBoth(this, { target, args: ['-M', 'none', ...words(line)] });
      });
    }
  });
}

describe('models of processors, beside QEMU', () => {
  it('stand for no version on older PCs', async function () {
    await askBoth(this, { target: 'x86_64', args: ['-M', 'pc-q35-4.0', '-nodefaults'] }, [
      ['query-cpu-definitions'],
    ]);
  });
});

describe('a processor without a board, beside QEMU', () => {
  it('is there for ppc64', async function () {
    const questions = ['info qom-tree', 'info qtree', 'info mtree'];
    await askBoth(this, { args: ['-M', 'none', '-cpu', MODELS.ppc64] }, [['query-cpus-fast'], ...questions]);
  });

  it('is not there for x86_64', async function () {
    await refuseBoth(this, { target: 'x86_64', args: ['-M', 'none', '-cpu', MODELS.x86_64] });
  });
});

function words(line: string): readonly string[] {
  return line.split(' ').filter(word => word !== '');
}
