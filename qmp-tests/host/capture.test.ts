import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { validateHostInventory } from '../../src/generated/host-inventory.js';
import { captureHost } from '../../src/host/capture/capture.ts';
import { Host } from '../../src/host/host.ts';
import { loadInventory } from '../../src/host/inventory-file.ts';
import { RunningProgram, runProgram } from '../helpers/program.ts';
import { assertConsistent } from '../vfio/observe.ts';

/** A made-up system: files by path below sysfs, and links, whose targets begin with `->`. */
type Tree = Readonly<Record<string, string | Buffer>>;

/** Configuration space with capabilities at 0x40, 0x50, …; a control word may follow the id. */
function config(...capabilities: readonly (readonly [id: number, control?: number])[]): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.writeUInt16LE(1 << 4, 6);
  bytes[0x34] = 0x40;
  for (const [index, [id, control = 0]] of capabilities.entries()) {
    const at = 0x40 + 0x10 * index;
    bytes[at] = id;
    bytes[at + 1] = index + 1 < capabilities.length ? at + 0x10 : 0;
    bytes.writeUInt16LE(control, at + 2);
  }
  return bytes;
}

const NO_RESOURCE = '0x0000000000000000 0x0000000000000000 0x0000000000000000';

function device(address: string, group: number | undefined, files: Tree): Tree {
  const common = {
    vendor: '0x8086\n',
    device: '0x1572\n',
    subsystem_vendor: '0x8086\n',
    subsystem_device: '0x0001\n',
    class: '0x020000\n',
    revision: '0x02\n',
    resource: `${new Array(7).fill(NO_RESOURCE).join('\n')}\n`,
    config: config([0x01], [0x05], [0x11, 0x8080], [0x10], [0x03]),
    ...(group === undefined ? {} : { iommu_group: `->../../../../kernel/iommu_groups/${group}` }),
    ...files,
  };
  return Object.fromEntries(
    Object.entries(common).map(([name, content]) => [`bus/pci/devices/${address}/${name}`, content]),
  );
}

const BARS = [
  '0x00000000fb000000 0x00000000fbffffff 0x000000000014220c',
  NO_RESOURCE,
  '0x000000000000e000 0x000000000000e01f 0x0000000000040101',
  '0x00000000fc000000 0x00000000fc007fff 0x0000000000040200',
  NO_RESOURCE,
  NO_RESOURCE,
  '0x00000000fc080000 0x00000000fc0fffff 0x0000000000046200',
].join('\n');

const MSI = '0x00000000fee00000 0x00000000feefffff msi\n';

const INTEL: Tree = {
  'class/dmi/id/product_name': 'Box 9\n',
  // 46 bits of address, pages of 4 KiB and 2 MiB; the other unit can do more.
  'class/iommu/dmar0/intel-iommu/cap': '0000000400ad0462\n',
  'class/iommu/dmar1/intel-iommu/cap': '0000000c00ef0462\n',
  'module/kvm/parameters/halt_poll_ns': '200000\n',
  'module/vfio_iommu_type1/parameters/dma_entry_limit': '1000\n',
  'kernel/iommu_groups/3/reserved_regions': MSI,
  'kernel/iommu_groups/12/reserved_regions': `0x000000007b000000 0x000000007cffffff direct-relaxable\n${MSI}`,
  ...device('0000:65:00.0', 12, { resource: `${BARS}\n`, driver: '->../../../drivers/vfio-pci' }),
  ...device('0000:65:00.1', 12, { driver: '->../../../drivers/vfio-pci' }),
  ...device('0000:17:00.0', 3, { config: Buffer.alloc(64), driver: '->../../../drivers/i40e' }),
  ...device('0000:00:1f.0', undefined, {}),
  ...device('10000:e1:00.0', 3, {}),
};

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max locked memory         4294967296           unlimited            bytes
`;

describe('qmpsim host-capture', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'qmpsim-sysfs-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function build(tree: Tree, limits = LIMITS) {
    for (const [path, content] of Object.entries({ ...prefixed('sys', tree), 'proc/self/limits': limits })) {
      const place = join(root, path);
      mkdirSync(dirname(place), { recursive: true });
      if (typeof content === 'string' && content.startsWith('->')) symlinkSync(content.slice(2), place);
      else writeFileSync(place, content);
    }
    return { sysfs: join(root, 'sys'), proc: join(root, 'proc') };
  }

  it('writes down an x86 host', () => {
    const inventory = captureHost(build(INTEL));
    const common = {
      vendor: '0x8086',
      device: '0x1572',
      'subsystem-vendor': '0x8086',
      'subsystem-device': '0x0001',
      class: '0x020000',
      revision: 2,
      bars: [],
    };
    const capabilities = { capabilities: ['pm', 'msi', 'msix', 'pcie', 'vpd'], 'msix-vectors': 0x81 };
    const msi = { first: '0xfee00000', last: '0xfeefffff', kind: 'msi' };
    assert.deepEqual(inventory, {
      description: 'Captured from Box 9',
      iommu: 'type1',
      'page-sizes': [0x1000, 0x200000],
      aperture: { first: 0, last: '0x3fffffffffff' },
      'mapping-limit': 1000,
      memlock: '0x100000000',
      kvm: [],
      groups: [
        {
          id: 3,
          reserved: [msi],
          // Only the header can be read without privileges.
          devices: [{ address: '0000:17:00.0', ...common, capabilities: [], driver: 'i40e' }],
        },
        {
          id: 12,
          reserved: [{ first: '0x7b000000', last: '0x7cffffff', kind: 'direct-relaxable' }, msi],
          devices: [
            {
              address: '0000:65:00.0',
              ...common,
              bars: [
                { index: 0, size: '0x1000000', type: 'mem64', prefetch: true },
                { index: 2, size: '0x20', type: 'io' },
                { index: 3, size: '0x8000', type: 'mem32' },
              ],
              'rom-size': 0x80000,
              ...capabilities,
              driver: 'vfio-pci',
            },
            { address: '0000:65:00.1', ...common, ...capabilities, driver: 'vfio-pci' },
          ],
        },
      ],
      'ungrouped-devices': [{ address: '0000:00:1f.0', ...common, ...capabilities, driver: null }],
    });
  });

  it('tells the kinds of POWER hosts apart', () => {
    const group = device('0001:01:00.0', 0, { driver: '->../../../drivers/vfio-pci' });
    const opal = captureHost(
      build({ ...group, 'firmware/devicetree/base/ibm,opal/name': 'ibm,opal\0', 'module/kvm_hv/x': '' }),
    );
    assert.deepEqual([opal.iommu, opal.kvm?.includes('spapr-vfio')], ['spapr-tce-v2', true]);
  });

  it('tells of partitions, of hosts without KVM, and of unlimited memory', () => {
    const group = device('0001:01:00.0', 0, {});
    const tree = {
      ...group,
      'firmware/devicetree/base/rtas/name': 'rtas\0',
      'firmware/devicetree/base/model': 'IBM,9\0',
    };
    const { iommu, kvm, memlock, description } = captureHost(
      build(tree, 'Max locked memory  unlimited unlimited bytes\n'),
    );
    assert.deepEqual([iommu, kvm, memlock, description], ['spapr-tce-v1', null, null, 'Captured from IBM,9']);
  });

  it('prints what -host takes, and a machine runs on it', async () => {
    const { sysfs, proc } = build(INTEL);
    const { status, stdout, stderr } = await runProgram(
      ['host-capture', '--sysfs', sysfs, '--proc', proc],
      'qmpsim',
    );
    assert.deepEqual([status, stderr], [0, '']);
    const file = join(root, 'host.json');
    writeFileSync(file, stdout);
    const args = ['-M', 'pc', '-S', '-host', file, '-device', 'vfio-pci,host=0000:65:00.0,id=nic'];
    const program = await RunningProgram.start(args, 'qmpsim-system-x86_64');
    try {
      const host = await program.qmp.execute('x-query-host');
      assert.deepEqual(
        host.groups.map(({ id, viable, attached }) => [id, viable, attached]),
        [
          [3, false, false],
          [12, true, true],
        ],
      );
      assert.equal(host['memlock-limit'], 2 ** 32);
      await assertConsistent(program.qmp);
    } finally {
      await program.stop();
    }
  });

  it('takes no other words', async () => {
    const { status, stderr } = await runProgram(['host-capture', '--sys'], 'qmpsim');
    assert.equal(status, 1);
    assert.match(stderr, /'--sys'.*\nusage: qmpsim host-capture/s);
  });
});

describe('the hosts that come with the program', () => {
  const folder = join(import.meta.dirname, '../../src/host/examples');

  for (const file of readdirSync(folder)) {
    it(`${file} is an inventory`, () => {
      const inventory = loadInventory(readFileSync(join(folder, file), 'utf8'), validateHostInventory);
      assert(new Host(inventory).groups.some(group => group.viable));
      assert.notEqual(inventory.description, '');
    });
  }

  for (const [host, target, device, type] of [
    ['power8', 'ppc64', '0001:00:00.0', 'spapr-tce-v1'],
    ['power9', 'ppc64', '0030:01:00.0', 'spapr-tce-v2'],
    ['x86', 'x86_64', '0000:01:00.0', 'type1v2'],
    ['x86-server', 'x86_64', '0000:41:00.0', 'type1v2'],
  ] as const) {
    it(`a machine runs on ${host}, by name`, async () => {
      const args = ['-S', '-accel', 'kvm', '-host', host, '-device', `vfio-pci,host=${device},id=dev`];
      const program = await RunningProgram.start(args, `qmpsim-system-${target}`);
      try {
        const { 'address-spaces': spaces } = await program.qmp.execute('x-query-vfio');
        assert.equal(spaces[0]?.containers[0]?.['iommu-type'], type);
        await assertConsistent(program.qmp);
      } finally {
        await program.stop();
      }
    });
  }

  it('are named where another is asked for', async () => {
    const { status, stderr } = await runProgram(['-host', 'power7', '-S'], 'qmpsim-system-ppc64');
    assert.equal(status, 1);
    assert.match(stderr, /-host power7: .*; known hosts are: power8, power9, x86, x86-server$/m);
  });
});

function prefixed(folder: string, tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).map(([path, content]) => [`${folder}/${path}`, content]));
}
