import assert from 'node:assert/strict';
import { BUILTIN_INVENTORY, HardwareError, Host } from '../../src/index.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { RunningProgram, runProgram } from '../helpers/program.ts';
import { NOTHING_OPEN } from '../host/helpers.ts';

/** The guest asks the first host bridge for a window of 1 GiB with 64 KiB pages. */
const CREATE_WINDOW = {
  name: 'ibm,create-pe-dma-window',
  args: [0, 0x8000000, 0x20000000, 16, 30],
  nret: 4,
} as const;

/** Where a guest gets such a window unless told otherwise. */
const RANGE = '0x800000000000000..0x80000003fffffff';

describe('a host that cannot follow the guest at run time', () => {
  it('ends the process with last words and the status of an abort', async () => {
    const program = await RunningProgram.start([
      ...['-accel', 'kvm', '-m', '1G', '-no-shutdown'],
      ...['-device', 'vfio-pci,host=0001:00:00.0,id=xhci'],
    ]);
    await assert.rejects(program.qmp.execute('x-rtas', CREATE_WINDOW), /has closed the connection/);
    const { status, stderr } = await program.end;
    assert.equal(status, 134);
    assert.equal(
      stderr,
      `qmpsim-system-ppc64: Container 0x10000 can't map guest IOVA region ${RANGE}\n` +
        'qmpsim-system-ppc64: hardware error: vfio: DMA mapping failed, unable to continue\n',
    );
    await program.stop();
  });

  it('ends the machine, but not the process that it is a library in', async () => {
    const test = new TestMachine();
    const { machine } = test.simulator;
    const ends: unknown[] = [];
    machine.onEnd(end => ends.push(end));
    await test.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });

    await assert.rejects(test.execute('x-rtas', CREATE_WINDOW), HardwareError);
    const message = 'vfio: DMA mapping failed, unable to continue';
    assert.deepEqual(ends, [{ cause: 'hardware-error', message }]);
    assert.deepEqual(machine.process.openFiles(), NOTHING_OPEN);
    await assert.rejects(test.execute('query-status'), /the machine has ended/);
  });

  it('ends it before it begins, where a device of the command line cannot have the window of its bridge', async () => {
    const args = [
      ...['-M', 'pseries', '-accel', 'kvm', '-display', 'none', '-nodefaults', '-m', '1G'],
      ...['-device', 'spapr-pci-host-bridge,index=1,id=far,dma_win_addr=0x80000000,dma_win_size=0x1000'],
      ...['-device', 'vfio-pci,host=0001:00:00.0,bus=far.0'],
    ];
    const { status, stderr } = await runProgram(args);
    assert.equal(status, 134);
    assert.equal(
      stderr,
      "qmpsim-system-ppc64: Container 0x10000 can't map guest IOVA region 0x80000000..0x80000fff\n" +
        'qmpsim-system-ppc64: hardware error: vfio: DMA mapping failed, unable to continue\n',
    );

    const host = new Host(BUILTIN_INVENTORY);
    const devices = [
      {
        driver: 'spapr-pci-host-bridge',
        index: 1,
        id: 'far',
        dma_win_addr: 0x80000000,
        dma_win_size: 0x1000,
      },
      { driver: 'vfio-pci', host: '0001:00:00.0', bus: 'far.0' },
    ];
    assert.throws(() => new TestMachine({ host, devices }), HardwareError);
    assert.equal(host.processes.size, 0);
    assert.equal(host.group(1)?.container, undefined);
  });

  it('does no harm while nothing is assigned', async () => {
    const test = new TestMachine();
    const { ret } = await test.execute('x-rtas', CREATE_WINDOW);
    assert.deepEqual(ret, [0, 0x80000001, 0x8000000, 0]);
    // Both windows are looked at when a device comes: the first error is the one that counts.
    await assert.rejects(
      test.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' }),
      { desc: /: Region tce-iommu-80000001: Container 0x10000 can't map guest IOVA region / },
    );
    test.close();
  });
});
