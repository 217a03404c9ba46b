import assert from 'node:assert/strict';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { RunningProgram, runProgram } from '../helpers/program.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, mappingsOf } from '../vfio/observe.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

const XHCI = { driver: 'vfio-pci', host: '0000:01:00.0', id: 'xhci' };
const NVME = { driver: 'vfio-pci', host: '0000:03:00.0', id: 'nvme' };

type Options = ConstructorParameters<typeof TestMachine>[0];

/** A q35 with an IOMMU, ports for hotplug, and a bridge to conventional PCI. */
function machineWith(options: Options = {}, iommu: Readonly<Record<string, string | boolean>> = {}) {
  return new TestMachine({
    type: 'q35',
    devices: [
      { driver: 'intel-iommu', id: 'iommu', 'caching-mode': true, ...iommu },
      ...['1', '2', '3'].map(n => ({ driver: 'pcie-root-port', id: `port${n}`, chassis: n })),
      { driver: 'pcie-pci-bridge', id: 'pci', bus: 'port3' },
      { driver: 'qemu-xhci', id: 'usb', addr: '8' },
    ],
    ...options,
  });
}

describe('the IOMMU of a q35', () => {
  it('shows every device all of memory until the guest switches translation on', async () => {
    const test = machineWith();
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    await test.execute('device_add', { ...NVME, bus: 'port2' });
    const { 'address-spaces': spaces } = await test.execute('x-query-vfio');
    assert.deepEqual(
      spaces.map(({ name, containers }) => [
        name,
        containers.map(({ groups }) => groups.map(({ id }) => id)),
      ]),
      [
        ['vtd-root', [[1]]],
        ['vtd-root', [[3]]],
      ],
    );
    const [first, second] = spaces.flatMap(({ containers }) => containers);
    assert.equal(first?.['mapped-bytes'], GiB + 256 * KiB);
    assert.deepEqual(first?.['guest-iommus'], []);
    assert.deepEqual(await mappingsOf(test, 0), await mappingsOf(test, 1));
    // Each of them has locked all of it.
    const { 'locked-bytes': locked } = await test.execute('x-query-host');
    assert.equal(locked, 2 * (GiB + 256 * KiB));
    assert.equal(second?.['locked-bytes'], GiB + 256 * KiB);
    await assertConsistent(test);
    test.close();
  });

  it('translates for a device with mappings, and leaves the others alone', async () => {
    const test = machineWith();
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    await test.execute('device_add', { ...NVME, bus: 'port2' });
    const before = await mappingsOf(test, 1);
    assert.deepEqual(
      await test.execute('x-guest-dma-map', { device: 'xhci', iova: 0x1000, gpa: 0x200000, size: 0x3000 }),
      { pages: 3 },
    );
    assert.deepEqual(await mappingsOf(test, 0), [{ iova: 0x1000, gpa: 0x200000, size: 0x3000, perm: 'rw' }]);
    assert.deepEqual(await mappingsOf(test, 1), before);
    const [container] = await containersOf(test);
    assert.deepEqual(container?.['guest-iommus'], [
      { region: 'vtd-00.0-dmar', offset: 0, size: 0xfee00000 },
      { region: 'vtd-00.0-dmar', offset: 0, size: Number(2n ** 64n - 0xfef00000n) },
    ]);
    assert.equal(container?.mappings, 3);
    await assertConsistent(test);

    // A reset switches translation off again.
    await test.execute('stop');
    await test.execute('system_reset');
    assert.equal((await containersOf(test))[0]?.['mapped-bytes'], GiB + 256 * KiB);
    await assertConsistent(test);
    test.close();
  });

  it('carries every change of the guest to the host: read-only, overwritten, removed', async () => {
    const test = machineWith();
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    const map = (iova: number, gpa: number, size: number, perm: 'ro' | 'wo' | 'rw' = 'rw') =>
      test.execute('x-guest-dma-map', { device: 'xhci', iova, gpa, size, perm });
    await map(0x10000, 0x100000, 0x4000);
    await map(0x11000, 0x500000, 0x1000, 'ro');
    await map(0x12000, 0x600000, 0x1000, 'wo');
    assert.deepEqual(
      await test.execute('x-guest-dma-unmap', { device: 'xhci', iova: 0x13000, size: 0x1000 }),
      { pages: 1 },
    );
    assert.deepEqual(await mappingsOf(test), [
      { iova: 0x10000, gpa: 0x100000, size: 0x1000, perm: 'rw' },
      { iova: 0x11000, gpa: 0x500000, size: 0x1000, perm: 'ro' },
      { iova: 0x12000, gpa: 0x600000, size: 0x1000, perm: 'wo' },
    ]);
    await assertConsistent(test);
    assert.deepEqual(test.reports, []);
    test.close();
  });

  it('maps with pages as large as they may be, each one mapping of the host', async () => {
    const test = machineWith({ ramSize: 6n << 30n });
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    const pages = await test.execute('x-guest-dma-map', {
      device: 'xhci',
      iova: 5 * GiB - 2 * MiB - 8 * KiB,
      gpa: 5 * GiB - 2 * MiB - 8 * KiB,
      size: 8 * KiB + 2 * MiB + GiB + 4 * KiB,
    });
    assert.deepEqual(pages, { pages: 2 + 1 + 1 + 1 });
    const [container] = await containersOf(test);
    assert.equal(container?.mappings, 5);
    assert.equal(container?.['mapped-bytes'], 12 * KiB + 2 * MiB + GiB);
    await assertConsistent(test);

    const inside = { device: 'xhci', iova: 5 * GiB + 0x1000, size: 0x1000 };
    assert.equal(
      await refusal(test, 'x-guest-dma-unmap', inside),
      'IOVA 0x140001000 is in a larger page at 0x140000000',
    );
    // All of it may be mapped anew with smaller pages.
    await test.execute('x-guest-dma-map', { device: 'xhci', iova: 5 * GiB, gpa: 2 * MiB, size: GiB });
    assert.equal((await containersOf(test))[0]?.mappings, 4 + 512);
    await assertConsistent(test);
    test.close();
  });

  it('does nothing before the guest invalidates what may have been cached', async () => {
    const test = machineWith();
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    const map = { device: 'xhci', iova: 0x1000, gpa: 0x2000, size: 0x2000 };
    await test.execute('x-guest-dma-map', { ...map, iova: 0x8000 });
    await test.execute('x-guest-dma-map', { ...map, invalidate: false });
    await test.execute('x-guest-dma-unmap', {
      device: 'xhci',
      iova: 0x8000,
      size: 0x2000,
      invalidate: false,
    });
    assert.deepEqual(await mappingsOf(test), [{ iova: 0x8000, gpa: 0x2000, size: 0x2000, perm: 'rw' }]);
    const { consistent, differences } = await test.execute('x-vfio-audit');
    assert.equal(consistent, false);
    assert.deepEqual(
      differences.map(({ iova, guest, host }) => [iova, guest === null, host === null]),
      [
        [0x1000, false, true],
        [0x2000, false, true],
        [0x8000, true, false],
        [0x9000, true, false],
      ],
    );
    await test.execute('x-guest-iommu', {});
    assert.deepEqual(await mappingsOf(test), [{ iova: 0x1000, gpa: 0x2000, size: 0x2000, perm: 'rw' }]);
    await assertConsistent(test);
    test.close();
  });
});

describe('hotplug onto a q35 where the guest translates', () => {
  it('replays what is mapped for other devices that cannot be told apart', async () => {
    const test = machineWith();
    const quiet = async () => assert.deepEqual(test.reports, []);
    await test.execute('device_add', { driver: 'e1000', id: 'old', bus: 'pci', addr: '1' });
    await test.execute('x-guest-dma-map', { device: 'old', iova: 0, gpa: 0x100000, size: 0x5000 });
    await test.execute('x-guest-dma-map', { device: 'old', iova: 6 * GiB, gpa: 2 * MiB, size: 2 * MiB });
    const replayed: unknown[] = [];
    test.machine.trace.on('vfio_iommu_map_notify', (op, start, last) => replayed.push([op, start, last]));

    await test.execute('device_add', { ...XHCI, bus: 'pci', addr: '2' });
    // Below and above the interrupts.
    assert.deepEqual(replayed, [
      ...[0n, 1n, 2n, 3n, 4n].map(page => ['MAP', page << 12n, (page << 12n) + 0xfffn]),
      ['MAP', 0x180000000n, 0x1801fffffn],
    ]);
    const mapped = [
      { iova: 0, gpa: 0x100000, size: 0x5000, perm: 'rw' },
      { iova: 6 * GiB, gpa: 2 * MiB, size: 2 * MiB, perm: 'rw' },
    ];
    assert.deepEqual(await mappingsOf(test), mapped);
    // What comes later is one more container's affair only if the host wants it so.
    await test.execute('device_add', { ...NVME, bus: 'pci', addr: '3' });
    const [container, ...others] = await containersOf(test);
    assert.deepEqual(others, []);
    assert.deepEqual(
      container?.groups.map(({ id }) => id),
      [1, 3],
    );
    await test.execute('x-guest-dma-unmap', { device: 'nvme', iova: 0, size: 0x5000 });
    assert.deepEqual(await mappingsOf(test), mapped.slice(1));
    await assertConsistent(test);
    await quiet();
    test.close();
  });

  it('replays a domain when the guest attaches a device to it', async () => {
    const test = machineWith();
    await test.execute('x-guest-iommu', { device: 'usb', mode: 'translated', domain: 7, translation: true });
    await test.execute('x-guest-dma-map', { device: 'usb', iova: 0x1000, gpa: 0x1000, size: 0x1000 });
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    // New devices see memory as it is, as long as the guest says nothing else.
    assert.equal((await containersOf(test))[0]?.['mapped-bytes'], GiB + 256 * KiB);
    await test.execute('x-guest-iommu', { device: 'xhci', mode: 'translated', domain: 7 });
    assert.deepEqual(await mappingsOf(test), [{ iova: 0x1000, gpa: 0x1000, size: 0x1000, perm: 'rw' }]);
    // From one domain into another: what was mapped goes, what is mapped there comes.
    await test.execute('x-guest-iommu', { device: 'xhci', mode: 'translated', domain: 8 });
    assert.deepEqual(await mappingsOf(test), []);
    await test.execute('x-guest-iommu', { device: 'xhci', mode: 'blocked' });
    assert.deepEqual((await containersOf(test))[0]?.['guest-iommus'].length, 2);
    await test.execute('x-guest-iommu', { device: 'xhci', mode: 'pass-through' });
    assert.equal((await containersOf(test))[0]?.['mapped-bytes'], GiB + 256 * KiB);
    await assertConsistent(test);
    test.close();
  });

  it('gives a device that comes what the guest is told to give to all', async () => {
    const test = machineWith({ guestIommu: 'translated' });
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    assert.deepEqual(await mappingsOf(test), []);
    const { iommu } = await test.execute('x-query-guest');
    assert.equal(iommu?.policy, 'translated');
    assert.equal(iommu?.translation, true);
    const place = iommu?.contexts.find(({ source }) => source === '01:00.0');
    assert.equal(place?.mode, 'translated');
    await test.execute('device_del', { id: 'xhci' });
    await test.event('DEVICE_DELETED');
    const after = await test.execute('x-query-guest');
    assert.equal(
      after.iommu?.contexts.some(({ source }) => source === '01:00.0'),
      false,
    );
    test.close();
  });

  it('shows a device nothing if no guest gives it a context', async () => {
    const test = machineWith({ guestIommu: 'pass-through' });
    await test.execute('x-guest-set', { model: 'none' });
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    assert.deepEqual(await mappingsOf(test), []);
    await assertConsistent(test);
    test.close();
  });

  it('keeps two functions of one host group in one address space, or does without', async () => {
    const test = machineWith();
    const port = (fn: number, bus: string) => ({
      driver: 'vfio-pci',
      host: `0000:02:00.${fn}`,
      id: `port-${fn}`,
      bus,
    });
    await test.execute('device_add', port(0, 'port1'));
    assert.equal(
      await refusal(test, 'device_add', port(1, 'port2')),
      'vfio 0000:02:00.1: group 2 used in multiple address spaces',
    );
    assert.equal((await containersOf(test)).length, 1);
    await assertConsistent(test);
    test.close();
  });

  it('takes as much locked memory for each device as the guest has', async () => {
    const test = machineWith();
    await test.execute('x-host-set', { memlock: GiB + 600 * MiB });
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    const before = await test.execute('x-query-host');
    assert.match(
      await refusal(test, 'device_add', { ...NVME, bus: 'port2' }),
      /Region pc.ram: vfio_dma_map\(.*\) = -12 \(Cannot allocate memory\)$/,
    );
    assert.deepEqual(await test.execute('x-query-host'), before);
    // Where the first one is translated, there is room for the second.
    await test.execute('x-guest-iommu', { device: 'xhci', mode: 'translated', translation: true });
    await test.execute('device_add', { ...NVME, bus: 'port2' });
    await assertConsistent(test);
    test.close();
  });
});

describe('limits of the host below a guest IOMMU', () => {
  const hostWith = (limit: number) =>
    hostFrom({
      iommu: 'type1',
      kvm: [],
      'mapping-limit': limit,
      groups: [
        {
          id: 1,
          devices: [
            { address: '0000:01:00.0', vendor: 0x8086, device: 0x10d3, class: 0x20000, driver: 'vfio-pci' },
          ],
        },
      ],
    });

  it('are reached by small mappings, and the guest goes on', async () => {
    const test = machineWith({ host: hostWith(100) });
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    const map = { device: 'xhci', iova: 0x1000, gpa: 0x1000, size: 0x1000 * 110 };
    assert.deepEqual(await test.execute('x-guest-dma-map', map), { pages: 110 });
    assert.equal(test.reports.length, 10);
    assert.match(
      test.reports[0] ?? '',
      /^vfio_dma_map\(0x\w+, 0x65000, 0x1000, 0x65000\) = -28 \(No space left on device\)$/,
    );
    const { differences } = await test.execute('x-vfio-audit');
    assert.equal(differences.length, 10);
    // The same in one large page is one mapping.
    await test.execute('x-guest-dma-unmap', { device: 'xhci', iova: 0x1000, size: 0x1000 * 110 });
    await test.execute('x-guest-dma-map', { device: 'xhci', iova: 2 * MiB, gpa: 2 * MiB, size: 2 * MiB });
    assert.equal((await containersOf(test))[0]?.mappings, 1);
    await assertConsistent(test);
    test.close();
  });

  it('are reached by a replay, of which the first failures are reported', async () => {
    const test = machineWith({ host: hostWith(100) });
    await test.execute('device_add', { driver: 'e1000', id: 'old', bus: 'pci', addr: '1' });
    await test.execute('x-guest-dma-map', { device: 'old', iova: 0, gpa: 0, size: 0x1000 * 120 });
    await test.execute('device_add', { ...XHCI, bus: 'pci', addr: '2' });
    assert.equal(test.reports.length, 9);
    assert.equal(test.reports.at(-1), 'vfio: 12 further mappings failed');
    assert.equal((await test.execute('x-vfio-audit')).differences.length, 20);
    test.close();
  });

  it('and memory that is none are reported', async () => {
    const test = machineWith();
    await test.execute('device_add', { ...XHCI, bus: 'port1' });
    await test.execute('x-guest-dma-map', { device: 'xhci', iova: 0, gpa: 0xfed00000, size: 0x1000 });
    assert.deepEqual(test.reports, ['iommu map to non memory area fed00000']);
    assert.deepEqual(await mappingsOf(test), []);
    await assertConsistent(test);
    test.close();
  });
});

describe('a guest that programs an IOMMU', () => {
  it('is told what cannot be', async () => {
    const test = machineWith({}, { pt: false });
    const map = { device: 'usb', iova: 0, gpa: 0, size: 0x1000 };
    for (const [wrong, text] of [
      [{ iova: 0x800 }, "Parameter 'iova' expects a multiple of 4096"],
      [{ size: 0 }, "Parameter 'size' expects a multiple of 4096, at least one"],
      [{ iova: 2 ** 39 }, 'IOVA 0x8000000fff has more than 39 bits'],
      [{ iova: 0xfedff000, size: 0x2000 }, 'IOVA 0xfee00000 is where interrupts are sent to'],
      [{ device: 'nobody' }, "Device 'nobody' not found"],
    ] as const) {
      assert.equal(await refusal(test, 'x-guest-dma-map', { ...map, ...wrong }), text);
    }
    assert.equal(
      await refusal(test, 'x-guest-iommu', { device: 'usb', mode: 'pass-through' }),
      'This IOMMU cannot let requests pass',
    );
    assert.equal(
      await refusal(test, 'x-guest-iommu', { device: 'usb', mode: 'blocked', domain: 3 }),
      "Parameter 'domain' needs 'mode' to be 'translated'",
    );
    test.close();
  });

  it('needs one, with translation', async () => {
    const none = 'This machine has no IOMMU that translates: devices see memory as it is';
    const map = { device: 'usb', iova: 0, gpa: 0, size: 0x1000 };
    const plain = new TestMachine({ type: 'q35', devices: [{ driver: 'qemu-xhci', id: 'usb' }] });
    assert.equal(await refusal(plain, 'x-guest-dma-map', map), none);
    plain.close();
    const idle = machineWith();
    assert.equal(
      await refusal(idle, 'x-guest-dma-unmap', { device: 'usb', iova: 0, size: 0x1000 }),
      "Nothing is mapped for device 'usb'",
    );
    assert.equal((await idle.execute('x-query-guest')).iommu?.translation, false);
    idle.close();
    const without = machineWith({}, { 'dma-translation': false });
    assert.equal(await refusal(without, 'x-guest-dma-map', map), none);
    without.close();
  });

  it('cannot name buses that have no numbers yet', async () => {
    const test = machineWith({ paused: true });
    await test.execute('device_add', { driver: 'e1000e', id: 'hot', bus: 'port1' });
    assert.equal(
      await refusal(test, 'x-guest-dma-map', { device: 'hot', iova: 0, gpa: 0, size: 0x1000 }),
      "The bus of device 'hot' has no number before firmware has given it one",
    );
    test.close();
  });
});

describe('a command line with an IOMMU', () => {
  const endOf = async (...args: readonly string[]) => {
    const common = ['-M', 'q35', '-display', 'none', '-nodefaults', '-S'];
    const { status, stderr } = await runProgram([...common, ...args], 'qmpsim-system-x86_64');
    return { status, said: stderr.replace(/^qmpsim-system-x86_64: /, '').trim() };
  };

  it('needs caching mode for devices of the host', async () => {
    const devices = ['-device', 'intel-iommu', '-device', 'vfio-pci,host=0000:01:00.0'];
    assert.deepEqual(await endOf(...devices), {
      status: 1,
      said: 'We need to set caching-mode=on for intel-iommu to enable device assignment with IOMMU protection.',
    });
  });

  it('cannot keep snooping under control for devices of the host, once they are translated', async () => {
    const test = machineWith({ guestIommu: 'translated' }, { 'snoop-control': true });
    assert.equal(
      await refusal(test, 'device_add', { ...XHCI, bus: 'port1' }),
      'vfio 0000:01:00.0: failed to setup container for group 1: memory listener initialization failed: ' +
        'Region vtd-00.0-dmar: Snoop Control with vhost or VFIO is not supported: Operation not supported',
    );
    assert.deepEqual(await containersOf(test), []);
    test.close();
  });

  it('and with KVM remaps interrupts only if they are not all in the kernel', async () => {
    assert.deepEqual(await endOf('-accel', 'kvm', '-device', 'intel-iommu,intremap=on'), {
      status: 1,
      said: "-device intel-iommu,intremap=on: Interrupt Remapping cannot work with kernel-irqchip=on, please use 'split|off'.",
    });
    for (const [accelerator, intremap, eim] of [
      ['kvm', 'off', 'off'],
      ['kvm,kernel-irqchip=split', 'on', 'on'],
      ['kvm,kernel-irqchip=off', 'on', 'off'],
      ['tcg', 'on', 'off'],
    ] as const) {
      const args = ['-M', 'q35', '-accel', accelerator, '-S', '-device', 'intel-iommu,id=iommu'];
      const program = await RunningProgram.start(args, 'qmpsim-system-x86_64');
      try {
        const read = (property: string) => program.qmp.execute('qom-get', { path: 'iommu', property });
        assert.deepEqual([await read('intremap'), await read('eim')], [intremap, eim], accelerator);
      } finally {
        await program.stop();
      }
    }
  });

  it('gives those that come before it memory as it is', async () => {
    const devices = [
      'vfio-pci,host=0000:01:00.0,addr=5',
      'intel-iommu,caching-mode=on',
      'vfio-pci,host=0000:03:00.0',
    ];
    const args = ['-M', 'q35', '-S', ...devices.flatMap(device => ['-device', device])];
    const program = await RunningProgram.start(args, 'qmpsim-system-x86_64');
    try {
      const { 'address-spaces': spaces } = await program.qmp.execute('x-query-vfio');
      assert.deepEqual(
        spaces.map(({ name }) => name),
        ['memory', 'vtd-root'],
      );
    } finally {
      await program.stop();
    }
  });
});
