import assert from 'node:assert/strict';
import type { FileGroup } from '../../src/host/inventory-file.ts';
import { noGuest } from '../../src/index.ts';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { RunningProgram } from '../helpers/program.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, mappingsOf } from '../vfio/observe.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const BIOS = { iova: 4 * GiB - 256 * KiB, size: 256 * KiB, gpa: 4 * GiB - 256 * KiB, perm: 'ro' } as const;

/** What devices see of a machine before its firmware has run: RAM, with ROMs below 1 MiB and 4 GiB. */
function ramMappings(below4G: number, above4G = 0) {
  const range = (start: number, end: number, perm: 'ro' | 'rw') => ({
    iova: start,
    size: end - start,
    gpa: start,
    perm,
  });
  return [
    range(0, 768 * KiB, 'rw'),
    range(768 * KiB, MiB, 'ro'),
    range(MiB, below4G, 'rw'),
    BIOS,
    ...(above4G === 0 ? [] : [range(4 * GiB, 4 * GiB + above4G, 'rw')]),
  ];
}

describe('device assignment on x86', () => {
  for (const [machine, bus, below4G] of [
    ['pc', 'pci.0', 3 * GiB],
    ['q35', 'pcie.0', 2 * GiB],
  ] as const) {
    it(`maps all memory of a ${machine} for a device of the command line`, async () => {
      const device = `vfio-pci,host=0000:01:00.0,id=xhci,bus=${bus}`;
      const args = ['-M', machine, '-m', '6G', '-S', '-device', device];
      const program = await RunningProgram.start(args, 'qmpsim-system-x86_64');
      try {
        const { qmp } = program;
        assert.deepEqual(await mappingsOf(qmp), ramMappings(below4G, 6 * GiB - below4G));
        const { 'address-spaces': spaces } = await qmp.execute('x-query-vfio');
        assert.deepEqual(spaces, [
          {
            name: 'memory',
            containers: [
              {
                id: 0,
                'iommu-type': 'type1v2',
                initialized: true,
                'page-sizes': 0x40201000,
                windows: [{ 'min-iova': 0, 'max-iova': Number(2n ** 64n - 1n), 'page-sizes': 0x40201000 }],
                groups: [
                  {
                    id: 1,
                    devices: [{ id: 'xhci', host: '0000:01:00.0', 'qom-path': '/machine/peripheral/xhci' }],
                  },
                ],
                'guest-iommus': [],
                'iova-ranges': [
                  { first: 0, last: 0xfedfffff },
                  { first: 0xfef00000, last: 2 ** 48 - 1 },
                ],
                'mappings-available': 65535 - 6,
                mappings: 6,
                'mapped-bytes': 6 * GiB + 256 * KiB,
                'locked-bytes': 6 * GiB + 256 * KiB,
              },
            ],
          },
        ]);
        await assertConsistent(qmp);
      } finally {
        await program.stop();
      }
    });
  }

  it('puts every group into one container, since all see the same memory', async () => {
    const test = new TestMachine({ type: 'pc', paused: true });
    for (const [id, host] of [
      ['xhci', '0000:01:00.0'],
      ['nic', '0000:02:00.0'],
      ['nvme', '0000:03:00.0'],
    ]) {
      await test.execute('device_add', { driver: 'vfio-pci', host, id });
    }
    const [container, ...others] = await containersOf(test);
    assert.deepEqual(others, []);
    assert.deepEqual(
      container?.groups.map(group => group.id),
      [1, 2, 3],
    );
    assert.deepEqual(await mappingsOf(test), ramMappings(GiB));
    test.close();
  });

  it('follows the memory map when firmware copies its ROMs into RAM, and back at a reset', async () => {
    const test = new TestMachine({ type: 'pc', paused: true });
    await test.execute('device_add', { driver: 'vfio-pci', host: '0000:01:00.0', id: 'xhci' });
    assert.deepEqual(await mappingsOf(test), ramMappings(GiB));
    await test.execute('cont');
    const shadowed = [
      { iova: 0xe8000, size: 0x8000, gpa: 0xe8000, perm: 'rw' },
      { iova: 0xf0000, size: 0x10000, gpa: 0xf0000, perm: 'ro' },
    ];
    assert.deepEqual((await mappingsOf(test)).slice(2, 4), shadowed);
    await assertConsistent(test);

    await test.execute('stop');
    await test.execute('system_reset');
    assert.deepEqual(await mappingsOf(test), ramMappings(GiB));
    await assertConsistent(test);
    test.close();
  });

  it('comes to an orderly end when the host refuses a part of the memory', async () => {
    const test = new TestMachine({ type: 'pc', paused: true });
    const before = await test.execute('x-query-host');
    await test.execute('x-host-fault-add', { op: 'VFIO_IOMMU_MAP_DMA', errno: 'EFAULT', after: 2, times: 1 });
    const add = { driver: 'vfio-pci', host: '0000:01:00.0', id: 'xhci' };
    assert.match(
      await refusal(test, 'device_add', add),
      /^vfio 0000:01:00.0: failed to setup container for group 1: memory listener initialization failed: Region pc.bios: vfio_dma_map\(0x\w+, 0xe0000, 0x20000, 0xe0000\) = -14 \(Bad address\)$/,
    );
    assert.deepEqual(await containersOf(test), []);
    assert.deepEqual(await test.execute('x-query-host'), before);
    await test.execute('device_add', add);
    await assertConsistent(test);
    test.close();
  });

  it('needs as much memory locked as the guest has', async () => {
    const host = hostFrom({
      iommu: 'type1',
      memlock: 512 * MiB,
      groups: [
        {
          id: 7,
          devices: [
            { address: '0000:01:00.0', vendor: 0x8086, device: 0x10d3, class: 0x20000, driver: 'vfio-pci' },
          ],
        },
      ],
    });
    const test = new TestMachine({ type: 'pc', paused: true, host });
    const add = { driver: 'vfio-pci', host: '0000:01:00.0', id: 'nic' };
    assert.match(
      await refusal(test, 'device_add', add),
      /Region pc.ram: vfio_dma_map\(.*\) = -12 \(Cannot allocate memory\)$/,
    );
    assert.equal((await test.execute('x-query-host'))['locked-bytes'], 0);
    test.close();
  });

  it('needs as many mappings as the memory has parts', async () => {
    const host = hostFrom({
      iommu: 'type1',
      'mapping-limit': 4,
      groups: [
        {
          id: 7,
          devices: [
            { address: '0000:01:00.0', vendor: 0x8086, device: 0x10d3, class: 0x20000, driver: 'vfio-pci' },
          ],
        },
      ],
    });
    const test = new TestMachine({ type: 'pc', paused: true, host });
    assert.match(
      await refusal(test, 'device_add', { driver: 'vfio-pci', host: '0000:01:00.0', id: 'nic' }),
      /Region pc.bios: vfio_dma_map\(.*\) = -28 \(No space left on device\)$/,
    );
    test.close();
  });

  it('needs a host that can map all of the memory', async () => {
    const file = (reserved: FileGroup['reserved'] & object) => ({
      iommu: 'type1' as const,
      kvm: [],
      groups: [
        {
          id: 7,
          reserved,
          devices: [
            { address: '0000:01:00.0', vendor: 0x8086, device: 0x10d3, class: 0x20000, driver: 'vfio-pci' },
          ],
        },
      ],
    });
    const add = { driver: 'vfio-pci', host: '0000:01:00.0', id: 'nic' };
    const refused = async (reserved: FileGroup['reserved'] & object) => {
      const test = new TestMachine({
        type: 'pc',
        paused: true,
        ramSize: 6n << 30n,
        host: hostFrom(file(reserved)),
      });
      const before = await test.execute('x-query-host');
      const text = await refusal(test, 'device_add', add);
      assert.deepEqual(await test.execute('x-query-host'), before);
      test.close();
      return text;
    };
    assert.match(
      await refused([{ first: '0x140000000', last: '0x15fffffff', kind: 'reserved' }]),
      /Region pc.ram: vfio_dma_map\(0x\w+, 0x100000000, 0xc0000000, 0x100000000\) = -22 \(Invalid argument\)$/,
    );
    assert.equal(
      await refused([{ first: '0xf0000000', last: '0xf0ffffff', kind: 'direct' }]),
      'vfio 0000:01:00.0: failed to setup container for group 7: Failed to set iommu for container: Operation not permitted',
    );
  });

  it('unmaps what it has mapped on hosts of the first version, too', async () => {
    const groups = [
      {
        id: 7,
        devices: [
          { address: '0000:01:00.0', vendor: 0x8086, device: 0x10d3, class: 0x20000, driver: 'vfio-pci' },
        ],
      },
    ];
    const host = hostFrom({ iommu: 'type1', type1v2: false, kvm: [], groups });
    const test = new TestMachine({ type: 'pc', host });
    await test.execute('device_add', { driver: 'vfio-pci', host: '0000:01:00.0', id: 'nic' });
    assert.equal((await containersOf(test))[0]?.['iommu-type'], 'type1');
    await assertConsistent(test);
    await test.execute('stop');
    await test.execute('system_reset');
    await assertConsistent(test);
    await test.execute('cont');
    await assertConsistent(test);
    test.close();
  });

  it('takes 4 KiB pages for granted on a host that does not tell', async () => {
    const test = new TestMachine({ type: 'pc', paused: true });
    await test.execute('x-host-fault-add', { op: 'VFIO_IOMMU_GET_INFO', errno: 'EINVAL' });
    await test.execute('device_add', { driver: 'vfio-pci', host: '0000:01:00.0', id: 'xhci' });
    assert.equal((await containersOf(test))[0]?.['page-sizes'], 0x1000);
    test.close();
  });

  it('knows nothing of TCE tables', async () => {
    const test = new TestMachine({ type: 'pc', guest: noGuest });
    assert.equal(await refusal(test, 'x-query-tce-tables'), 'This command needs a pseries machine');
    test.close();
  });
});
