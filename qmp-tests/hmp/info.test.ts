import assert from 'node:assert/strict';
import { HumanMonitor } from './helpers.ts';

describe('info', () => {
  let monitor: HumanMonitor;
  beforeEach(() => {
    monitor = new HumanMonitor({ accelerators: ['tcg'] });
  });
  afterEach(() => monitor.close());

  it('version, kvm, name', async () => {
    assert.match(await monitor.say('info version'), /^7\.2\.22qmpsim .*\n$/);
    assert.equal(await monitor.say('info kvm'), 'kvm support: not compiled\n');
    assert.equal(await monitor.say('info name'), '');
  });

  it('pci shows devices behind bridges after their bridge', async () => {
    await monitor.say('device_add pci-bridge,id=br,chassis_nr=3,addr=4');
    await monitor.say('system_reset');
    await monitor.say('device_add e1000,bus=br,addr=2');
    assert.equal(
      await monitor.say('info pci'),
      [
        '  Bus  0, device   4, function 0:',
        '    PCI bridge: PCI device 1b36:0001',
        '      IRQ 0, pin A',
        '      BUS 0.',
        '      secondary bus 1.',
        '      subordinate bus 1.',
        '      IO range [0x0000, 0x0fff]',
        '      memory range [0x00000000, 0x000fffff]',
        '      prefetchable memory range [0x00000000, 0x000fffff]',
        '      BAR0: 64 bit memory at 0xffffffffffffffff [0x000000fe].',
        '      id "br"',
        '  Bus  1, device   2, function 0:',
        '    Ethernet controller: PCI device 8086:100e',
        '      PCI subsystem 1af4:1100',
        '      IRQ 0, pin A',
        '      BAR0: 32 bit memory at 0xffffffffffffffff [0x0001fffe].',
        '      BAR1: I/O at 0xffffffffffffffff [0x003e].',
        '      BAR6: 32 bit memory at 0xffffffffffffffff [0x0003fffe].',
        '      id ""',
        '',
      ].join('\n'),
    );
  });

  it('qtree shows buses, devices, properties and places', async () => {
    await monitor.say('device_add e1000,id=net0,addr=5');
    const tree = await monitor.say('info qtree');
    assert.match(tree, /^bus: main-system-bus\n {2}type System\n {2}dev: spapr-pci-host-bridge, id ""\n/);
    const lines = tree.split('\n');
    const at = lines.indexOf('      dev: e1000, id "net0"');
    assert.deepEqual(lines.slice(at - 2, at), ['    bus: pci.0', '      type PCI']);
    const end = lines.findIndex((line, index) => index > at && !line.startsWith('        '));
    const own = lines.slice(at + 1, end).map(line => line.trim());
    for (const line of ['addr = 05.0', 'romsize = 262144 (0x40000)', 'netdev = ""', 'init-vet = true'])
      assert.ok(own.includes(line), line);
    assert.ok(!own.some(line => line.startsWith('bootindex')));
    assert.deepEqual(own.slice(-4), [
      'class Ethernet controller, addr 00:05.0, pci id 8086:100e (sub 1af4:1100)',
      'bar 0: mem at 0xffffffffffffffff [0x1fffe]',
      'bar 1: i/o at 0xffffffffffffffff [0x3e]',
      'bar 6: mem at 0xffffffffffffffff [0x3fffe]',
    ]);
  });

  it('qom-tree shows a part, sorted', async () => {
    await monitor.say('device_add e1000,id=net0,addr=5');
    assert.equal(
      await monitor.say('info qom-tree net0'),
      [
        '/net0 (e1000)',
        '  /bus master container[0] (memory-region)',
        '  /bus master[0] (memory-region)',
        '  /e1000-io[0] (memory-region)',
        '  /e1000-mmio[0] (memory-region)',
        '  /e1000.rom[0] (memory-region)',
        '',
      ].join('\n'),
    );
    assert.equal(await monitor.say('info qom-tree /nosuch'), "Path '/nosuch' could not be resolved.\n");
  });
});

/** The part of a text that begins with this line and ends with an empty one. */
function block(text: string, first: string): readonly string[] {
  return (
    text
      .split('\n\n')
      .map(each => each.split('\n'))
      .find(lines => lines.includes(first)) ?? []
  );
}

describe('info mtree', () => {
  let monitor: HumanMonitor;
  beforeEach(() => {
    monitor = new HumanMonitor({ accelerators: ['tcg'] });
  });
  afterEach(() => monitor.close());

  it('shows address spaces, and regions that only aliases show', async () => {
    const text = await monitor.say('info mtree');
    assert.deepEqual(block(text, 'address-space: pci@800000020000000'), [
      'address-space: pci@800000020000000',
      '  0000000000000000-ffffffffffffffff (prio 0, i/o): pci@800000020000000.iommu-root',
      '    0000000000000000-ffffffffffffffff (prio 0, i/o): tce-root-80000001',
      '    0000000000000000-ffffffffffffffff (prio 0, i/o): tce-root-80000000',
      '      0000000000000000-000000003fffffff (prio 0, i/o): tce-iommu-80000000',
      '    0000040000000000-0000040000000fff (prio 0, i/o): msi',
    ]);
    assert.deepEqual(block(text, 'memory-region: pci@800000020000000.io'), [
      'memory-region: pci@800000020000000.io',
      '  0000000000000000-000000000000ffff (prio 0, i/o): pci@800000020000000.io',
    ]);
    assert.match(
      text,
      /\n {4}0000200080000000-00002000ffffffff \(prio 0, i\/o\): alias pci@800000020000000\.mmio32-alias @pci@800000020000000\.mmio 0000000080000000-00000000ffffffff\n/,
    );
  });

  it('shows owners and disabled regions on demand', async () => {
    await monitor.say('device_add e1000,id=net0');
    assert.deepEqual(block(await monitor.say('info mtree -o'), 'address-space: e1000'), [
      'address-space: e1000',
      '  0000000000000000-ffffffffffffffff (prio 0, i/o): bus master container owner:{dev id=net0}',
    ]);
    assert.deepEqual(block(await monitor.say('info mtree -o'), 'address-space: I/O'), [
      'address-space: I/O',
      '  0000000000000000-000000000000ffff (prio 0, i/o): io parent:{obj path=/machine/unattached}',
    ]);
    assert.deepEqual(block(await monitor.say('info mtree -D'), 'address-space: e1000'), [
      'address-space: e1000',
      '  0000000000000000-ffffffffffffffff (prio 0, i/o): bus master container',
      '    0000000000000000-ffffffffffffffff (prio 0, i/o): alias bus master @pci@800000020000000.iommu-root 0000000000000000-ffffffffffffffff [disabled]',
    ]);
  });

  it('shows each flat view once, with the address spaces that share it', async () => {
    await monitor.say('device_add e1000');
    await monitor.say('device_add pci-bridge,chassis_nr=1');
    const text = await monitor.say('info mtree -f');
    assert.deepEqual(block(text, ' AS "e1000", root: bus master container').slice(1), [
      ' AS "e1000", root: bus master container',
      ' AS "pci-bridge", root: bus master container',
      ' Root memory region: (none)',
      '  No rendered FlatView',
    ]);
    assert.deepEqual(
      block(text, ' AS "pci@800000020000000", root: pci@800000020000000.iommu-root').slice(1),
      [
        ' AS "pci@800000020000000", root: pci@800000020000000.iommu-root',
        ' Root memory region: pci@800000020000000.iommu-root',
        '  0000000000000000-000000003fffffff (prio 0, i/o): tce-iommu-80000000',
        '  0000040000000000-0000040000000fff (prio 0, i/o): msi',
      ],
    );
  });

  // From a recording of QEMU 7.2.
  it('shows the dispatch tree', async () => {
    const text = await monitor.say('info mtree -f -d');
    const lines = block(text, ' AS "pci@800000020000000", root: pci@800000020000000.iommu-root');
    assert.deepEqual(lines.slice(5), [
      '  Dispatch',
      '    Physical sections',
      '      #0 @0000000000000000..ffffffffffffffff (noname) [unassigned]',
      '      #1 @0000000000000000..000000003fffffff tce-iommu-80000000 [not dirty] [iommu]',
      '      #2 @0000040000000000..0000040000000fff msi [ROM]',
      '    Nodes (9 bits per level, 6 levels) ptr=[2] skip=3',
      '      [0]',
      '\t  0       skip=2  ptr=[2]',
      '\t  1..511  skip=1  ptr=NIL',
      '      [1]',
      '\t  0       skip=1  ptr=[2]',
      '\t  1..511  skip=1  ptr=NIL',
      '      [2]',
      '\t  0       skip=0  ptr=#1',
      '\t  1..7    skip=1  ptr=NIL',
      '\t  8       skip=3  ptr=[6]',
      '\t  9..511  skip=1  ptr=NIL',
      '      [3]',
      '\t  0       skip=0  ptr=#1',
      '\t  1..511  skip=1  ptr=NIL',
      '      [4]',
      '\t  0       skip=2  ptr=[6]',
      '\t  1..511  skip=1  ptr=NIL',
      '      [5]',
      '\t  0       skip=1  ptr=[6]',
      '\t  1..511  skip=1  ptr=NIL',
      '      [6]',
      '\t  0       skip=0  ptr=#2',
      '\t  1..511  skip=0  ptr=#0',
    ]);
  });
});
