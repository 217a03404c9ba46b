import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sortedSpaces } from '../differential/memory-tree.ts';
import { BesideQemu, requireQemu, type Target } from '../helpers/beside-qemu.ts';
import { RunningProgram } from '../helpers/program.ts';
import { Harness } from './harness.ts';

/** The installed QEMU has no qtest accelerator, but the protocol works on a machine that is stopped. */
const STOPPED = ['-accel', 'tcg', '-S', '-qtest-log', 'none', '-m', '1G,slots=4,maxmem=4G'];

/** QEMU and our program, driven alike. */
class Twins {
  private constructor(
    private readonly qemu: Harness,
    private readonly ours: Harness,
  ) {}

  static async start(target: Target, args: readonly string[]): Promise<Twins> {
    const all = [...STOPPED, ...args];
    const qemu = Harness.start(all, words => RunningProgram.startQemu(words, `qemu-system-${target}`));
    const ours = Harness.start([...all, '-guest', 'none'], words =>
      RunningProgram.start(words, `qmpsim-system-${target}`),
    );
    return new Twins(...(await Promise.all([qemu, ours])));
  }

  /** Both answer alike. @returns what */
  async same<T>(what: string, ask: (harness: Harness) => Promise<T>): Promise<T> {
    const [expected, actual] = await Promise.all([ask(this.qemu), ask(this.ours)]);
    assert.deepEqual(actual, expected, what);
    return actual;
  }

  async sameReplies(commands: readonly string[]): Promise<void> {
    for (const command of commands) await this.same(command, harness => harness.ask(command));
  }

  async stop(): Promise<void> {
    await Promise.all([this.qemu.stop(), this.ours.stop()]);
  }
}

describe('the qtest protocol, beside QEMU', function () {
  this.timeout(60_000);
  let twins: Twins | undefined;
  const start = async (test: Mocha.Context, target: Target, args: readonly string[]) => {
    requireQemu(test, target);
    twins = await Twins.start(target, args);
    return twins;
  };
  afterEach(async () => {
    await twins?.stop();
    twins = undefined;
  });

  it('reads and writes memory', async function () {
    const both = await start(this, 'ppc64', []);
    await both.sameReplies([
      ...['endianness', 'endianness x', 'b64read 0x10000000 0', 'memset 0x10000000 0 1'],
      ...['memset 0x10000000 4 0x1ff', 'memset 0x10000004 4 -2', 'read 0x10000000 8'],
      ...['write 0x10000000 4 0x123', 'read 0x10000000 8', 'write 0x10000000 4 0xzz1y', 'read 0x10000000 8'],
      ...['write 0x10000000 0 0x11', 'write 0x10000000 1 0', 'write 0x10000000 1 0x', 'read 0x10000000 8'],
      ...['write 0x10000000 2 0x1', 'readl \t0x10000000', 'readq +0x10000000', 'readl 0x10000000 '],
      ...['writel 0x10000000 0x1ffffffff', 'writeq 0x10000004 -1', 'writew 0x1000000c 0x12345'],
      ...['b64read 0x10000000 17', 'b64write 0x10000000 3 !AQID', 'read 0x10000000 8', 'readw 0x10000001'],
      ...['readl 0x40000000', 'readq 0x3ffffffc', 'writeq 0x3ffffffc -1', 'readq 0x3ffffffc'],
      ...['read 0xfffffffffffffff0 4', 'readl 0xffffffffffffff00', 'outb 0x60 0x1ff', 'inb 0x60', 'inl 0'],
    ]);
  });

  it('finds in memory what was put there before the start', async function () {
    const loaders = [
      ...[
        'addr=0x10000000,data=0x1122334455667788,data-len=8',
        'addr=0x10000010,data=0x1122334455,data-len=3',
      ],
      ...[
        'addr=0x10000020,data=0x1122334455667788,data-len=4,data-be=on',
        'addr=0x10000030,file=/etc/hostname',
      ],
      ...['addr=0x3ffffffe,data=-1,data-len=8', 'addr=0x10001000,file=/dev/null', 'addr=0x1000,cpu-num=0'],
    ];
    const both = await start(
      this,
      'ppc64',
      loaders.flatMap(each => ['-device', `loader,${each}`]),
    );
    await both.sameReplies(['read 0x10000000 64', 'read 0x3ffffff8 16', 'writeq 0x10000000 0']);
    await both.same('system_reset', ({ program }) => program.qmp.execute('system_reset'));
    await both.sameReplies(['read 0x10000000 64']);
  });

  it('knows commands, devices and modules', async function () {
    const thread = '/machine/unattached/device[1]/thread[0]';
    const both = await start(this, 'ppc64', []);
    await both.sameReplies([
      ...['nosuch', 'READL 0', ' readl 0', 'clock_step', 'clock_set 1', 'irq_intercept_out_named x y'],
      ...['irq_intercept_in nosuch', 'irq_intercept_out nosuch', `irq_intercept_out ${thread}`],
      ...[`irq_intercept_in ${thread}`, 'irq_intercept_in /machine/unattached/device[0]'],
      ...['set_irq_in nosuch x 0 1', `set_irq_in ${thread} unnamed-gpio-in 0 0`],
      ...['module_load nosuch nosuch', 'module_load hw- display-virtio-gpu', 'rtas nosuch 0 0 1 0x2100'],
    ]);
  });

  it('raises and lowers the lines of an interrupt controller', async function () {
    const set = (line: number, level: number) => `set_irq_in ioapic unnamed-gpio-in ${line} ${level}`;
    const both = await start(this, 'x86_64', ['-M', 'q35']);
    await both.sameReplies([
      ...[set(3, 1), set(3, 0), 'irq_intercept_in ioapic', set(3, 1), set(3, 1), set(5, 0), set(3, 0)],
      ...[set(3, 7), set(3, 1), set(3, 0), 'irq_intercept_out ioapic', 'irq_intercept_in ioapic'],
      ...['irq_intercept_in /machine/unattached/device[0]', 'rtas x 0 0 1 0'],
    ]);
  });

  for (const board of ['pc', 'q35']) {
    it(`reaches configuration registers by the ports of a ${board}`, async function () {
      const both = await start(this, 'x86_64', ['-M', board, '-device', 'e1000,addr=5']);
      await both.sameReplies([
        ...['endianness', 'inl 0xcf8', 'inl 0xcfc', 'outl 0xcf8 0x80000000', 'inl 0xcf8', 'inl 0xcfc'],
        ...['inw 0xcfe', 'inb 0xcff', 'inl 0xcfd', 'inl 0xcfe', 'inw 0xcff', 'inw 0xcf8', 'inw 0xcfa'],
        ...['inb 0xcf8', 'inb 0xcfb', 'inb 0xcf9', 'outb 0xcf8 1', 'outw 0xcfa 1', 'inl 0xcf8'],
        ...['outl 0xcf8 0x80002800', 'inl 0xcfc', 'outl 0xcf8 0x80002804', 'outw 0xcfc 0x107', 'inw 0xcfc'],
        ...['outl 0xcf8 0x80002808', 'inl 0xcfc', 'outl 0xcf8 0x8000282c', 'inl 0xcfc'],
        ...[
          'outl 0xcf8 0x8000283c',
          'outb 0xcfc 0x5a',
          'inl 0xcfc',
          'outl 0xcf8 0x8000f800',
          'outl 0xcf8 0x2800',
        ],
        ...['inl 0xcfc', 'writel 0x1000 0x12345678', 'read 0x1000 4', 'readw 0x1001', 'readl 0x80000000'],
      ]);
    });
  }

  it('programs base addresses by ports, and finds what is behind them', async function () {
    const devices = ['e1000,addr=5', 'virtio-net-pci,addr=6', 'secondary-vga,addr=7', 'qemu-xhci,addr=8'];
    const both = await start(this, 'x86_64', ['-M', 'pc', ...devices.flatMap(each => ['-device', each])]);
    for (const slot of [5, 6, 7, 8]) {
      const set = (register: number, value: number) => [
        `outl 0xcf8 ${0x80000000 + slot * 0x800 + register}`,
        `outl 0xcfc ${value}`,
        'inl 0xcfc',
      ];
      for (const register of [0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x30])
        await both.sameReplies(set(register, 0xffffffff));
      for (const register of [0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x30])
        await both.sameReplies(
          set(register, register === 0x14 && slot === 5 ? 0xc000 : slot * 0x10000000 + register * 0x100000),
        );
      for (const command of [7, 1]) {
        await both.sameReplies([
          `outl 0xcf8 ${0x80000004 + slot * 0x800}`,
          `outw 0xcfc ${command}`,
          'inw 0xcfc',
        ]);
        await sameViews(both);
      }
      await both.sameReplies(set(0x30, 0xfe000001));
      await sameViews(both);
    }
    await both.same('system_reset', harness => harness.qmp.execute('system_reset'));
    await sameViews(both);
  });

  for (const [board, devfns, more] of [
    ['pc', [0x09], ['usb-ehci', 'vmware-svga']],
    ['q35', [0xfa, 0xfb], ['usb-ehci', 'ivshmem-plain,memdev=m', 'nvme,serial=1', 'piix3-ide']],
  ] as const) {
    it(`does so for what is on the board of a ${board}`, async function () {
      const both = await start(this, 'x86_64', [
        ...['-M', board, '-object', 'memory-backend-ram,id=m,size=1M,share=on'],
        ...more.flatMap((each, index) => ['-device', `${each},addr=${index + 8}`]),
      ]);
      for (const devfn of [...devfns, ...more.map((_, index) => (index + 8) << 3)]) {
        const write = (register: number, value: number) => [
          `outl 0xcf8 ${0x80000000 + devfn * 0x100 + register}`,
          `outl 0xcfc ${value}`,
          'inl 0xcfc',
        ];
        for (const index of [0, 1, 2, 3, 4, 5])
          await both.sameReplies(
            write(0x10 + 4 * index, (devfn << 24) + index * 0x10000000 + 0x1000 * devfn),
          );
        await both.sameReplies([`outl 0xcf8 ${0x80000004 + devfn * 0x100}`, 'outw 0xcfc 7', 'inw 0xcfc']);
        await sameViews(both);
      }
    });
  }

  it('has base addresses begin at 0 where RTAS programs them', async function () {
    const both = await start(this, 'ppc64', ['-device', 'e1000,addr=3', '-device', 'pci-testdev,addr=4']);
    const write = (address: number, value: number) =>
      both.same('write', harness =>
        harness.rtas('ibm,write-pci-config', [address, 0x8000000, 0x20000000, 4, value], 1),
      );
    await write(0x1804, 6);
    await sameViews(both);
    await write(0x1810, 0x90000000);
    await write(0x2014, 0x1000);
    await write(0x2004, 3);
    await sameViews(both);
  });

  /** Clients see the same, too. */
  async function sameViews(both: Twins): Promise<void> {
    await both.same('query-pci', harness => harness.qmp.execute('query-pci'));
    for (const line of ['info pci', 'info qtree'])
      await both.same(line, harness =>
        harness.qmp.execute('human-monitor-command', { 'command-line': line }),
      );
    for (const line of ['info mtree', 'info mtree -f'])
      await both.same(line, async harness =>
        sortedSpaces(await harness.qmp.execute('human-monitor-command', { 'command-line': line })),
      );
  }

  it('does services of the firmware', async function () {
    const both = await start(this, 'ppc64', [
      ...['-smp', '1,maxcpus=4', '-uuid', '11223344-5566-7788-99aa-bbccddeeff00', '-device', 'e1000,addr=3'],
      ...['-device', 'power9_v2.0-spapr-cpu-core,core-id=1'],
    ]);
    const rtas = (name: string, args: readonly number[], returns: number) =>
      both.same(`${name} ${args}`, harness => harness.rtas(name, args, returns));
    for (const domain of [0, -1]) {
      await rtas('get-power-level', [domain], 2);
      await rtas('set-power-level', [domain, 50], 2);
    }
    for (const [token, length] of [
      ...[20, 42, 48, 99].map(each => [each, 100] as const),
      ...[0, 1, 2, 10].map(each => [20, each] as const),
    ]) {
      await both.same('memset', harness => harness.ask('memset 0x5000 100 0x5a'));
      await rtas('ibm,get-system-parameter', [token, 0x5000, length], 1);
      await both.same(`parameter ${token}`, harness => harness.read(0x5000, 100));
      await rtas('ibm,set-system-parameter', [token, 0x5000], 1);
    }
    for (const thread of [0, 1, 2]) await rtas('query-cpu-stopped-state', [thread], 2);
    await rtas('event-scan', [-1, 0, 0x3000, 0x400], 1);
    await rtas('display-character', [65], 1);
    const [high, low] = [0x8000000, 0x20000000];
    for (const [address, size] of [
      ...[0, 2, 4, 8, 0x2c, 0x3c].map(register => [0x1800 + register, 4] as const),
      ...[1, 2, 3].map(each => [0x1801, each] as const),
      ...[0x7800, 0x11800, 0x10001800, 0x180000fc].map(each => [each, 4] as const),
    ])
      await rtas('ibm,read-pci-config', [address, high, low, size], 2);
    await rtas('ibm,read-pci-config', [0x1800, high, low + 1, 4], 2);
    await rtas('ibm,read-pci-config', [0x1800, high, low], 2);
    await rtas('ibm,write-pci-config', [0x1804, high, low, 2, 6], 1);
    await rtas('ibm,write-pci-config', [0x1804, high, low, 3, 6], 1);
    await rtas('ibm,write-pci-config', [0x7804, high, low, 2, 6], 1);
    await rtas('ibm,read-pci-config', [0x1804, high, low, 4], 2);
    await rtas('read-pci-config', [0x1800, 4], 2);
    await rtas('write-pci-config', [0x1804, 2, 6], 1);
  });

  it('tells of what comes and goes', async function () {
    const both = await start(this, 'ppc64', ['-smp', '1,maxcpus=4']);
    const asks = async (harness: Harness, mask = -1) => {
      await harness.ask('memset 0x3000 160 0x5a');
      const [status] = await harness.rtas('check-exception', [0x500, 0, mask, 0, 0x3000, 0x400], 1);
      // Without the time.
      const log = await harness.read(0x3000, 160);
      return [status, log.slice(0, 64), log.slice(80)];
    };
    const events = () => both.same('an event', harness => asks(harness));
    const execute: Harness['qmp']['execute'] = (name, args) =>
      both.same(name, harness => harness.qmp.execute(name, args));
    await events();
    await execute('device_add', { driver: 'e1000', id: 'e', bus: 'pci.0', addr: '8' });
    await execute('device_add', { driver: 'power9_v2.0-spapr-cpu-core', id: 'c', 'core-id': 2 });
    await execute('object-add', { 'qom-type': 'memory-backend-ram', id: 'm', size: 512 << 20 });
    await execute('device_add', { driver: 'pc-dimm', id: 'd', memdev: 'm' });
    await execute('device_add', { driver: 'spapr-pci-host-bridge', id: 'p', index: 3 });
    for (let count = 0; count < 5; count++) await events();
    for (const index of [0x40000040, 0x10000002, 0x80000004, 0x80000005, 0x20000003]) {
      await both.same('usable', harness => harness.rtas('set-indicator', [9003, index, 1], 1));
      await both.same('unisolated', harness => harness.rtas('set-indicator', [9001, index, 1], 1));
      await both.same('configured', async harness => (await harness.configure(index)).at(-1));
    }
    for (const id of ['e', 'c', 'd', 'p']) await execute('device_del', { id });
    await execute('system_powerdown');
    await both.same('no event of others', harness => asks(harness, 0x10000000));
    for (let count = 0; count < 6; count++) await events();
  });
});

describe('-qtest, beside QEMU', () => {
  for (const [address, complaint] of [
    ['', "'' is not a valid char driver"],
    ['none', "'none' is not a valid char driver"],
    ['mon:stdio', "mon: isn't supported in this context"],
    ['unix:/nonexistent/x', "Failed to connect to '/nonexistent/x': No such file or directory"],
    ['unix:/nonexistent/x,server=on', 'Failed to bind socket to /nonexistent/x: No such file or directory'],
    ['chardev:x', undefined],
  ] as const) {
    it(`refuses ${address === '' ? 'nothing' : address}`, async function () {
      requireQemu(this, 'ppc64');
      const lines = complaint === undefined ? [] : [complaint];
      assert.equal(
        await BesideQemu.refusal('ppc64', ['-accel', 'tcg', '-S', '-qtest', address]),
        [...lines, `Failed to initialize device for qtest: "${address}"`].join('\n'),
      );
    });
  }
});

describe('device trees of connectors, beside QEMU', function () {
  this.timeout(60_000);
  let twins: Twins | undefined;
  afterEach(async () => {
    await twins?.stop();
    twins = undefined;
  });

  /** What functions here have no registers for. */
  const UNKNOWN = /^ibm,(req#msi|pci-config-space-type)/;

  const sameTree = async (drcIndex: number) => {
    await twins?.same(`connector ${drcIndex.toString(16)}`, async harness => {
      await harness.rtas('set-indicator', [9003, drcIndex, 1], 1);
      await harness.rtas('set-indicator', [9001, drcIndex, 1], 1);
      return (await harness.configure(drcIndex)).filter(line => !UNKNOWN.test(line));
    });
  };

  it('tell of NVDIMMs', async function () {
    requireQemu(this, 'ppc64');
    const folder = mkdtempSync(join(tmpdir(), 'qmpsim-nvdimm-'));
    after(() => rmSync(folder, { recursive: true }));
    const module = (id: string, type: string, memory: string) => [
      ...['-object', `memory-backend-${memory},id=m${id},size=513M`],
      ...[
        '-device',
        `${type},id=${id},memdev=m${id},label-size=1M,uuid=75a3cdd7-6a2f-4791-8d15-fe0a920e8e9e`,
      ],
    ];
    const file = `file,mem-path=${join(folder, 'image')}`;
    twins = await Twins.start('ppc64', [
      ...module('a', 'nvdimm', 'ram'),
      ...module('b', 'spapr-nvdimm', file),
      ...module('c', 'spapr-nvdimm,pmem-override=on', file),
    ]);
    for (let slot = 0; slot < 3; slot++) await sameTree(0x90000000 + slot);
  });

  it('tell of functions', async function () {
    requireQemu(this, 'ppc64');
    const drivers = [
      ...[
        'e1000',
        'virtio-net-pci',
        'virtio-scsi-pci',
        'nvme,serial=1',
        'qemu-xhci',
        'piix3-usb-uhci',
        'usb-ehci',
      ],
      ...[
        'intel-hda',
        'pci-testdev',
        'megasas',
        'edu',
        'pci-serial',
        'pci-serial-2x',
        'i6300esb',
        'am53c974',
      ],
      ...['rtl8139', 'virtio-rng-pci', 'virtio-keyboard-pci', 'secondary-vga', 'bochs-display'],
    ];
    const devices = drivers.flatMap((driver, index) => [
      '-device',
      `${driver},addr=${(index + 3).toString(16)}`,
    ]);
    const several = ['pci-testdev,addr=2.1,multifunction=on', 'pci-testdev,addr=2,multifunction=on'];
    twins = await Twins.start('ppc64', [...devices, ...several.flatMap(each => ['-device', each])]);
    for (const devfn of [0x10, 0x11, ...drivers.map((_, index) => (index + 3) << 3)])
      await sameTree(0x40000000 + devfn);
  });

  for (const model of [
    '970_v2.2',
    'power5+_v2.1',
    'power7_v2.3',
    'power8_v2.0',
    'power9_v2.0',
    'power10_v2.0',
  ]) {
    it(`tell of processors: ${model}`, async function () {
      requireQemu(this, 'ppc64');
      const core = { driver: `${model}-spapr-cpu-core`, 'core-id': 2, id: 'c' };
      twins = await Twins.start('ppc64', ['-cpu', model, '-smp', '1,maxcpus=4']);
      await twins.same('device_add', harness => harness.qmp.execute('device_add', core));
      await sameTree(0x10000002);
    });
  }

  it('tell of memory, and of NUMA nodes', async function () {
    requireQemu(this, 'ppc64');
    const memory = (id: string, size: string) => ['-object', `memory-backend-ram,id=${id},size=${size}`];
    const nodes = ['a', 'b'].flatMap(id => [...memory(id, '512M'), '-numa', `node,memdev=${id}`]);
    twins = await Twins.start('ppc64', [
      ...['-smp', '2,maxcpus=4', ...nodes, ...memory('m', '512M'), '-device', 'pc-dimm,memdev=m,node=1'],
      ...['-device', 'power9_v2.0-spapr-cpu-core,core-id=3'],
      ...['-device', 'spapr-pci-host-bridge,index=2,numa_node=1'],
    ]);
    for (const index of [0x80000004, 0x80000005, 0x10000003, 0x20000002]) await sameTree(index);
  });

  it('tell of host bridges, with all below them', async function () {
    requireQemu(this, 'ppc64');
    const bridges = [
      'index=3',
      'index=4,ddw=off,mem64_win_size=0',
      'index=5,dma_win_addr=4096,mem_win_size=0x40000000',
    ];
    const devices = ['e1000,bus=pci.3.0,addr=1', 'pci-testdev,bus=pci.3.0,addr=3'];
    twins = await Twins.start('ppc64', [
      ...bridges.flatMap(each => {
        const [index = ''] = each.split(',');
        return ['-device', `spapr-pci-host-bridge,id=pci.${index.slice('index='.length)},${each}`];
      }),
      ...devices.flatMap(each => ['-device', each]),
    ]);
    for (const index of [0x20000000, 0x20000003, 0x20000004, 0x20000005, 0x40030008]) await sameTree(index);
  });

  it('are shown to clients once the guest has looked', async function () {
    requireQemu(this, 'ppc64');
    twins = await Twins.start('ppc64', ['-device', 'pci-testdev,addr=3']);
    const path = '/machine/unattached/device[4]/dr-connector[1073741848]';
    const fdt = (harness: Harness) => harness.qmp.execute('qom-get', { path, property: 'fdt' });
    assert.equal(await twins.same('before', fdt), null);
    await sameTree(0x40000018);
    assert.notEqual(await twins.same('after', fdt), null);
    const isolate = (harness: Harness) => harness.rtas('set-indicator', [9001, 0x40000018, 0], 1);
    await twins.same('isolated', isolate);
    await twins.same('then', fdt);
  });
});
