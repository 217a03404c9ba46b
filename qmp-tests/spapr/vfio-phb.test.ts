import assert from 'node:assert/strict';
import { EEH_STATE } from '../../src/host/eeh.ts';
import { type MachineOptions, QmpError } from '../../src/index.ts';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { assertConsistent, containersOf, everythingOf, mappingsOf, tableOf } from '../vfio/observe.ts';

const DEVICE = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;

/** Its windows begin and end where no bridge has them by default. */
const HOST = {
  iommu: 'spapr-tce-v1',
  window: { start: 0x10000000, size: 0x20000000 },
  kvm: ['spapr-tce'],
  groups: [1, 2].map(id => ({
    id,
    devices: [0, 1].map(fn => ({ ...DEVICE, address: `000${id}:00:00.${fn}` })),
  })),
} as const;

const BRIDGE = { driver: 'spapr-pci-vfio-host-bridge', id: 'phb1', index: 1, iommu: 1 } as const;
const BUID = [0x8000000, 0x20000001];
const PARAMETER_ERROR = -3;

function machine(
  options: MachineOptions & { readonly host?: ReturnType<typeof hostFrom> } = {},
): TestMachine {
  return new TestMachine({ type: 'pseries-2.5', host: hostFrom(HOST), ...options });
}

/** Why a machine with these devices cannot be had. */
function refusal(options: MachineOptions): string {
  try {
    machine(options).close();
  } catch (error) {
    if (error instanceof QmpError) return error.desc;
    throw error;
  }
  return 'fine';
}

const vfio = (host: string, id: string, bus = 'phb1.0') => ({ driver: 'vfio-pci', host, id, bus });

async function eehState(test: TestMachine): Promise<readonly number[]> {
  const call = { name: 'ibm,read-slot-reset-state2', args: [0, ...BUID], nret: 4 };
  return (await test.execute('x-rtas', call)).ret;
}

describe('spapr-pci-vfio-host-bridge on pseries-2.5', () => {
  it('takes its window from the group, with a table that is not the kernel’s from birth', async () => {
    const test = machine({ devices: [{ ...BRIDGE, dma_win_addr: 0, dma_win_size: 0x1000 }] });
    const { 'bus-offset': start, 'nb-table': entries, ...rest } = await tableOf(test, 1);
    assert.deepEqual([start, entries * 0x1000], [0x10000000, 0x20000000]);
    assert.deepEqual([rest['need-vfio'], rest.accelerated], [true, false]);
    assert.equal((await tableOf(test, 0)).accelerated, true);
    // The group was only asked.
    assert.deepEqual(await containersOf(test), []);
    assert.equal((await test.execute('x-query-host'))['locked-bytes'], 0);
    test.close();
  });

  it('carries mappings over, and keeps its table when the last device has left', async () => {
    const test = machine({ devices: [BRIDGE] });
    const before = await everythingOf(test);
    await test.execute('device_add', vfio('0001:00:00.0', 'dev'));
    await test.execute('x-guest-dma-map', { device: 'dev', iova: 0x10000000, gpa: 0, size: 0x10000 });
    assert.deepEqual(await mappingsOf(test), [{ iova: 0x10000000, size: 0x10000, gpa: 0, perm: 'rw' }]);
    await assertConsistent(test);
    await test.execute('x-guest-dma-unmap', { device: 'dev', iova: 0x10000000, size: 0x10000 });
    await test.execute('device_del', { id: 'dev' });
    await test.event('DEVICE_DELETED');
    assert.deepEqual(test.drainEvents(), []);
    assert.deepEqual(await everythingOf(test), before);
    await test.execute('system_reset');
    assert.deepEqual(await everythingOf(test), before);
    test.close();
  });

  it('needs a group that can be had', () => {
    const { iommu: _, ...without } = BRIDGE;
    assert.equal(refusal({ devices: [without] }), 'Wrong IOMMU group ID -1');
    assert.equal(
      refusal({ devices: [{ ...BRIDGE, iommu: 9 }] }),
      'spapr-vfio: SPAPR extension is not supported: Operation not permitted',
    );
    const pc = hostFrom({ iommu: 'type1', kvm: [], groups: HOST.groups });
    assert.equal(refusal({ host: pc, devices: [BRIDGE] }), 'spapr-vfio: SPAPR extension is not supported');
    const failing = hostFrom(HOST);
    // The first question is VFIO's own.
    failing.faults.add({ op: 'VFIO_IOMMU_SPAPR_TCE_GET_INFO', errno: 'EIO', after: 1 });
    assert.equal(
      refusal({ host: failing, devices: [BRIDGE] }),
      'spapr-vfio: get info from container failed: Input/output error',
    );
  });

  it('is one of one for a group in use', async () => {
    const second = { ...BRIDGE, id: 'phb2', index: 2 };
    const devices = [BRIDGE, vfio('0001:00:00.0', 'dev')];
    assert.equal(
      refusal({ devices: [...devices, second] }),
      'spapr-vfio: SPAPR extension is not supported: Operation not permitted',
    );
    const test = machine({ devices: [...devices, { ...second, iommu: 2 }] });
    await test.execute('device_add', vfio('0002:00:00.1', 'other', 'phb2.0'));
    assert.deepEqual(test.drainEvents(), []);
    test.close();
  });

  it('says so when an emulated device is put on it, or one of another group', async () => {
    const test = machine({ devices: [BRIDGE] });
    assert.deepEqual(await test.execute('device_add', { driver: 'e1000', id: 'nic', bus: 'phb1.0' }), {});
    const path = '/machine/peripheral/nic';
    const bridge = '/machine/peripheral/phb1';
    assert.deepEqual((await test.event('X_VFIO_WRONG_BRIDGE')).data, {
      device: 'nic',
      path,
      bridge,
      group: 1,
    });
    assert.equal(test.reports.at(-1), 'warning: e1000 nic is emulated, on a bridge for IOMMU group 1');

    assert.deepEqual(await test.execute('device_add', vfio('0002:00:00.0', 'other')), {});
    assert.deepEqual((await test.event('X_VFIO_WRONG_BRIDGE')).data, {
      device: 'other',
      path: '/machine/peripheral/other',
      bridge,
      group: 1,
      'device-group': 2,
    });
    assert.equal(
      test.reports.at(-1),
      'warning: vfio-pci other is of IOMMU group 2, on a bridge for IOMMU group 1',
    );

    // What belongs here, and what is no device of its own, is not worth a word.
    const told = test.reports.length;
    await test.execute('device_add', vfio('0001:00:00.0', 'dev'));
    await test.execute('device_add', { driver: 'pci-bridge', id: 'br', chassis_nr: 1, bus: 'phb1.0' });
    await test.execute('device_add', { ...vfio('0001:00:00.1', 'behind', 'br'), addr: '1' });
    await test.execute('device_add', { driver: 'e1000', bus: 'pci.0' });
    assert.deepEqual(test.drainEvents(), []);
    assert.equal(test.reports.length, told);
    await test.execute('device_add', { driver: 'e1000', id: 'deep', bus: 'br', addr: '2' });
    assert.equal((await test.event('X_VFIO_WRONG_BRIDGE')).data.device, 'deep');
    test.close();
  });

  it('alone has EEH, for its own group whatever else is there', async () => {
    const test = machine({ devices: [BRIDGE] });
    // Even before a device of the group has come.
    assert.deepEqual(await eehState(test), [0, EEH_STATE.normal, 1, 1000]);
    assert.deepEqual(await containersOf(test), []);
    await test.execute('device_add', { ...vfio('0001:00:00.0', 'dev'), addr: '0' });
    await test.execute('device_add', vfio('0002:00:00.0', 'other'));
    await test.execute('x-host-eeh-inject', { group: 1 });
    assert.deepEqual(await eehState(test), [0, EEH_STATE.stopped, 1, 1000]);
    await test.execute('x-host-eeh-inject', { group: 2 });
    await test.execute('x-rtas', { name: 'ibm,set-eeh-option', args: [0, ...BUID, 1], nret: 1 });
    assert.deepEqual(await eehState(test), [0, EEH_STATE.normal, 1, 1000]);
    const states = (await test.execute('x-query-host')).groups.map(group => group['eeh-state']);
    assert.deepEqual(states, ['normal', 'stopped']);
    test.close();
  });
});

describe('host bridges for assigned devices, through the versions', () => {
  const start = (type: string, driver = 'spapr-pci-host-bridge') =>
    machine({
      type,
      devices: [
        { driver, id: 'phb1', index: 1, dma_win_addr: 0x10000000, dma_win_size: 0x20000000 },
        { ...vfio('0001:00:00.0', 'dev'), addr: '0' },
      ],
    });

  it('give the guest EEH since pseries-2.6, not before', async () => {
    for (const [type, status] of [
      ['pseries-2.5', PARAMETER_ERROR],
      ['pseries-2.6', 0],
      ['pseries-7.2', 0],
    ] as const) {
      const test = start(type);
      assert.equal((await eehState(test))[0], status, type);
      test.close();
    }
  });

  it('had a deprecated kind that is like any other, from pseries-2.6 to 2.11', async () => {
    for (const type of ['pseries-2.6', 'pseries-2.11']) {
      const test = start(type, 'spapr-pci-vfio-host-bridge');
      assert.deepEqual(test.reports, ['spapr-pci-vfio-host-bridge is deprecated']);
      const { accelerated, 'need-vfio': needVfio } = await tableOf(test, 1);
      assert.deepEqual([accelerated, needVfio], [false, true]);
      await test.execute('device_add', { driver: 'e1000', bus: 'phb1.0' });
      await test.execute('device_del', { id: 'dev' });
      await test.event('DEVICE_DELETED');
      assert.deepEqual(test.drainEvents(), []);
      assert.equal((await tableOf(test, 1))['need-vfio'], false);
      test.close();
    }
    assert.throws(() => start('pseries-2.12', 'spapr-pci-vfio-host-bridge'), {
      desc: "'spapr-pci-vfio-host-bridge' is not a valid device model name",
    });
  });
});
