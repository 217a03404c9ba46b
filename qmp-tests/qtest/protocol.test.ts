import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProgramName, RunningProgram } from '../helpers/program.ts';
import { Harness, type Start } from './harness.ts';

const QTEST = ['-accel', 'qtest', '-qtest-log', 'none'];
const MIB = 1 << 20;

describe('the qtest protocol', () => {
  let harness: Harness | undefined;
  const start = async (args: readonly string[] = QTEST, name?: ProgramName) => {
    const program: Start = words => RunningProgram.start(words, name);
    harness = await Harness.start(args, program);
    return harness;
  };
  afterEach(async () => {
    await harness?.stop();
    harness = undefined;
  });

  it('refuses what would end QEMU, and goes on', async () => {
    const client = await start();
    for (const [command, reply] of [
      ['', "FAIL Unknown command ''"],
      ['readl', 'FAIL Argument 1 is missing'],
      ['readl x', "FAIL 'x' is not a number"],
      ['readl  0x1000', "FAIL '' is not a number"],
      ['readl 0x1000x', "FAIL '0x1000x' is not a number"],
      ['readl 0x10000000000000000', "FAIL '0x10000000000000000' is not a number"],
      ['clock_step 0x8000000000000000', "FAIL '0x8000000000000000' is not a number"],
      ['read 0 0', 'FAIL Nothing to read'],
      ['read 0 99999999999', `FAIL More than ${64 * MIB} bytes at once`],
      ['inb 0x10000', "FAIL Port '0x10000' does not exist"],
      ['irq_intercept_in /machine', 'FAIL Unknown device'],
      [
        'set_irq_in /machine/unattached/device[1]/thread[0] unnamed-gpio-in 9 1',
        'FAIL Unknown interrupt line',
      ],
      ['toString', "FAIL Unknown command 'toString'"],
      ['endianness', 'OK big'],
    ] as const) {
      client.socket.write(`${command}\n`);
      assert.equal(await client.line(), reply, command);
    }
  });

  it('takes long lines in pieces, and waits for a client that does not read', async () => {
    const client = await start();
    const text = Buffer.alloc(2 * MIB, 'what is written ').toString('hex');
    assert.equal(await client.ask(`write 0x100000 ${2 * MIB} 0x${text}`), 'OK');
    assert.equal(await client.read(0x100000, 2 * MIB), text);
    const times = 20;
    client.socket.write(`read 0x100000 ${2 * MIB}\n`.repeat(times));
    assert.equal(await client.qmp.execute('query-name').then(() => 'answered'), 'answered');
    for (let count = 0; count < times; count++) assert.equal((await client.line())?.length, text.length + 5);
    assert.equal(await client.ask('endianness'), 'OK big');
  });

  it('sends away who never ends a line', async () => {
    const client = await start();
    const piece = Buffer.alloc(8 * MIB, 'x');
    const gone = new Promise<void>(resolve => client.socket.once('error', () => resolve()));
    const write = () =>
      new Promise<boolean>(resolve => client.socket.write(piece, error => resolve(error == null)));
    while (await write());
    await gone;
    assert.deepEqual(await client.qmp.execute('query-name'), {});
  });

  it('ends with the machine, after the reply', async () => {
    const client = await start();
    assert.equal(await client.ask('rtas power-off 2 0x2000 1 0x2100'), 'OK 0');
    assert.equal(await client.line(), undefined);
    assert.equal((await client.program.end).status, 0);
  });

  it('ends with the status that a crash of the guest is to have', async () => {
    const client = await start([...QTEST, '-action', 'panic=exit-failure']);
    assert.equal(await client.ask(`write 0x5000 4 0x${Buffer.from('oh.\0').toString('hex')}`), 'OK');
    assert.equal(await client.ask('writel 0x2000 0x5000'), 'OK');
    assert.equal(await client.ask('rtas ibm,os-term 1 0x2000 1 0x2100'), 'OK 0');
    const { status, stderr } = await client.program.end;
    assert.deepEqual([status, stderr], [1, 'qmpsim-system-ppc64: OS terminated: oh.\n']);
  });

  it('is logged on stderr, or where one wishes', async () => {
    const conversation =
      /^\[I 0\.\d{6}\] OPENED\n\[R \+\d+\.\d{6}\] endianness {2}x\n\[S \+\d+\.\d{6}\] OK big\n$/;
    const client = await start(['-accel', 'qtest']);
    await client.ask('endianness  x');
    assert.match((await client.stop()).stderr, conversation);

    const directory = mkdtempSync(join(tmpdir(), 'qmpsim-qtest-'));
    const log = join(directory, 'log');
    const other = await start(['-accel', 'qtest', '-qtest-log', log]);
    await other.ask('endianness  x');
    assert.equal((await other.stop()).stderr, '');
    assert.match(readFileSync(log, 'utf8'), conversation);
    rmSync(directory, { recursive: true });
    harness = undefined;
  });

  it('has the guest wait for time that passes on request only', async () => {
    const native = ['-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off'];
    const devices = ['-device', 'pcie-root-port,id=rp', '-device', 'e1000e,bus=rp,id=e'];
    const client = await start([...QTEST, '-M', 'q35', ...native, ...devices], 'qmpsim-system-x86_64');
    await client.qmp.execute('device_del', { id: 'e' });
    const again = () => client.qmp.execute('device_del', { id: 'e' });
    await assert.rejects(again, /already in the process of unplug/);
    assert.equal(await client.ask('clock_step 6000000000'), 'OK 6000000000');
    await again();
  });
});

describe('memory, as qtest finds it', () => {
  let harness: Harness | undefined;
  const start = async (args: readonly string[], name: ProgramName = 'qmpsim-system-x86_64') => {
    harness = await Harness.start([...QTEST, ...args], words => RunningProgram.start(words, name));
    return harness;
  };
  afterEach(() => harness?.stop());

  it('is where hypercalls look', async () => {
    const client = await start([], 'qmpsim-system-ppc64');
    await client.ask('write 0x3000 16 0x00000000000010030000000000002003');
    const liobn = 0x80000000;
    const indirect = { name: 'H_PUT_TCE_INDIRECT', args: [liobn, 0, 0x3000, 2] };
    assert.deepEqual(await client.qmp.execute('x-hcall', indirect), { ret: 0, out: [] });
    const get = { name: 'H_GET_TCE', args: [liobn, 0x1000] };
    assert.deepEqual(await client.qmp.execute('x-hcall', get), { ret: 0, out: [0x2003] });
  });

  it('goes on above 4 GiB, and is not seen in the hole below', async () => {
    const client = await start(['-M', 'pc', '-m', '4G']);
    await client.ask('writeq 0xbffffffc 0x1122334455667788');
    assert.equal(await client.ask('readl 0xbffffffc'), 'OK 0x0000000055667788');
    assert.equal(await client.ask('readl 0xc0000000'), 'OK 0x0000000000000000');
    assert.equal(await client.ask('readl 0x100000000'), 'OK 0x0000000000000000');
    await client.ask('writel 0x13ffffffc 7');
    assert.equal(await client.ask('readl 0x13ffffffc'), 'OK 0x0000000000000007');
    await client.ask('writel 0x140000000 7');
    assert.equal(await client.ask('readl 0x140000000'), 'OK 0x0000000000000000');
  });

  it('comes and goes with modules', async () => {
    const client = await start(['-m', '1G,slots=2,maxmem=4G'], 'qmpsim-system-ppc64');
    const filled = () => client.ask('readl 0x40000000');
    await client.ask('writel 0x40000000 7');
    assert.equal(await filled(), 'OK 0x0000000000000000');
    await client.qmp.execute('object-add', { 'qom-type': 'memory-backend-ram', id: 'm', size: 1 << 28 });
    await client.qmp.execute('device_add', { driver: 'pc-dimm', id: 'd', memdev: 'm' });
    await client.ask('writel 0x40000000 7');
    assert.equal(await filled(), 'OK 0x0000000000000007');
    await client.qmp.execute('device_del', { id: 'd' });
    assert.equal(await filled(), 'OK 0x0000000000000000');
  });

  it('cannot be written where it is firmware', async () => {
    const client = await start(['-M', 'q35']);
    for (const address of ['0xfffffff0', '0xf0000']) {
      await client.ask(`writel ${address} 7`);
      assert.equal(await client.ask(`readl ${address}`), 'OK 0x0000000000000000');
    }
  });
});
