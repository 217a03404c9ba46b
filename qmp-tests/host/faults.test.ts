import assert from 'node:assert/strict';
import { HOST_OPERATIONS } from '../../src/host/operations.ts';
import { assertErrno, attach, makeHost, makeProcess, RW, tableOf } from './helpers.ts';

describe('faults', () => {
  it('fail once by default, at the next call, and change nothing', () => {
    const host = makeHost();
    const process = makeProcess(host);
    const id = host.faults.add({ op: 'open:/dev/vfio/vfio', errno: 'EMFILE' });
    assertErrno('EMFILE', () => process.openContainer());
    assert.equal(process.openFiles().container, 0);
    process.openContainer();
    const [fault] = host.faults.list();
    assert.deepEqual([fault?.id, fault?.op, fault?.times, fault?.hits], [id, 'open:/dev/vfio/vfio', 1, 1]);
    assert(host.faults.remove(id));
    assert(!host.faults.remove(id));
    assert.deepEqual(host.faults.list(), []);
  });

  it('let calls through first, then fail as often as asked', () => {
    const host = makeHost();
    const { iommu } = attach(makeProcess(host), 'spapr-tce-v1');
    iommu.enable();
    host.faults.add({ op: 'VFIO_IOMMU_MAP_DMA', errno: 'ENOMEM', after: 2, times: 2 });
    const outcomes = [0n, 1n, 2n, 3n, 4n].map(page => {
      try {
        iommu.mapDma(page << 12n, 0n, 0x1000n, RW);
        return true;
      } catch {
        return false;
      }
    });
    assert.deepEqual(outcomes, [true, true, false, false, true]);
    assert.equal(iommu.mappings, 3);
  });

  it('count and fail only calls of their group, if they have one', () => {
    const host = makeHost();
    const process = makeProcess(host);
    const [first, second] = [1, 2].map(id => attach(process, 'spapr-tce-v1', id));
    host.faults.add({ op: 'VFIO_IOMMU_ENABLE', errno: 'EIO', group: 2 });
    first?.iommu.enable();
    assertErrno('EIO', () => second?.iommu.enable());
    host.faults.add({ op: 'open:/dev/vfio/N', errno: 'EACCES', group: 3 });
    assertErrno('EACCES', () => process.openGroup(3));
  });

  it('hit single entries of a run, and the rest of it goes on', () => {
    const host = makeHost();
    const { iommu } = attach(makeProcess(host), 'spapr-tce-v1');
    iommu.enable();
    const table = tableOf(8, [
      [1, 0x1003n],
      [3, 0x2003n],
      [6, 0x3003n],
    ]);
    host.faults.add({ op: 'VFIO_IOMMU_MAP_DMA', errno: 'ENOMEM', after: 1 });
    const failed: [number, string][] = [];
    const run = { table, first: 0, end: 8, pageShift: 12, base: 0n };
    iommu.mapEntries(run, { failed: (index, { errno }) => failed.push([index, errno]) });
    assert.deepEqual(failed, [[3, 'ENOMEM']]);
    assert.deepEqual([...iommu.differences(run)], [{ index: 3, host: undefined }]);
    host.faults.add({ op: 'VFIO_IOMMU_UNMAP_DMA', errno: 'EIO', after: 6 });
    iommu.unmapEntries(run, (index, { errno }) => failed.push([index, errno]));
    assert.deepEqual(failed.at(-1), [6, 'EIO']);
    assert.equal(iommu.mappings, 1);
  });

  it('can be laid on every operation by name, and on no other', () => {
    const { faults } = makeHost();
    for (const op of HOST_OPERATIONS) faults.add({ op, errno: 'EIO' });
    assert.equal(faults.list().length, HOST_OPERATIONS.length);
    assert.throws(
      () => faults.add({ op: 'VFIO_MAP', errno: 'EIO' }),
      /unknown host operation 'VFIO_MAP'.*VFIO_IOMMU_MAP_DMA/,
    );
    assert.throws(() => faults.add({ op: 'VFIO_SET_IOMMU', errno: 'EIO', after: -1 }), RangeError);
    assert.throws(() => faults.add({ op: 'VFIO_SET_IOMMU', errno: 'EIO', times: 0 }), RangeError);
  });

  it('make every operation fail that is asked for', () => {
    const calls = everyOperation();
    assert.deepEqual([...calls.keys()].sort(), [...HOST_OPERATIONS].sort());
    for (const op of HOST_OPERATIONS) {
      const { host, call } = calls.get(op)?.() ?? assert.fail(op);
      host.faults.add({ op, errno: 'ETIMEDOUT' });
      assertErrno('ETIMEDOUT', call);
      assert.equal(host.faults.list()[0]?.hits, 1);
    }
  });
});

/** For each operation, how to come to where it can be called. */
function everyOperation(): Map<string, () => { host: ReturnType<typeof makeHost>; call: () => unknown }> {
  const calls = new Map<string, () => { host: ReturnType<typeof makeHost>; call: () => unknown }>();
  const kvm = ['spapr-tce', 'spapr-tce-64', 'spapr-vfio'] as const;
  const hosts = {
    v1: () => makeHost({ iommu: 'spapr-tce-v1', kvm }),
    v2: () => makeHost({ iommu: 'spapr-tce-v2', kvm }),
    type1: () => makeHost({ iommu: 'type1', kvm }),
  };
  const add = (
    op: string,
    make: () => ReturnType<typeof makeHost>,
    prepare: (host: ReturnType<typeof makeHost>) => () => unknown,
  ) =>
    calls.set(op, () => {
      const host = make();
      return { host, call: prepare(host) };
    });
  const onProcess = (op: string, call: (process: ReturnType<typeof makeProcess>) => unknown) =>
    add(op, hosts.v1, host => {
      const process = makeProcess(host);
      return () => call(process);
    });
  const onV1 = (op: string, call: (attached: ReturnType<typeof attachV1>) => unknown) =>
    add(op, hosts.v1, host => {
      const attached = attachV1(host);
      return () => call(attached);
    });
  const onV2 = (op: string, call: (iommu: ReturnType<typeof attachV2>) => unknown) =>
    add(op, hosts.v2, host => {
      const iommu = attachV2(host);
      return () => call(iommu);
    });
  onProcess('open:/dev/vfio/vfio', process => process.openContainer());
  onProcess('open:/dev/vfio/N', process => process.openGroup(1));
  onProcess('open:/dev/kvm', process => process.openKvm());
  onV1('VFIO_GET_API_VERSION', ({ container }) => container.getApiVersion());
  onV1('VFIO_CHECK_EXTENSION', ({ container }) => container.checkExtension('type1'));
  onV1('VFIO_SET_IOMMU', ({ container }) => container.setIommu('type1'));
  onV1('VFIO_GROUP_GET_STATUS', ({ group }) => group.getStatus());
  onV1('VFIO_GROUP_SET_CONTAINER', ({ container, group }) => group.setContainer(container));
  onV1('VFIO_GROUP_UNSET_CONTAINER', ({ group }) => group.unsetContainer());
  onV1('VFIO_GROUP_GET_DEVICE_FD', ({ group }) => group.getDeviceFd('0001:00:00.0'));
  onV1('VFIO_DEVICE_GET_INFO', ({ device }) => device.getInfo());
  onV1('VFIO_DEVICE_GET_REGION_INFO', ({ device }) => device.getRegionInfo(0));
  onV1('VFIO_DEVICE_GET_IRQ_INFO', ({ device }) => device.getIrqCount('msi'));
  onV1('VFIO_DEVICE_SET_IRQS', ({ device }) => device.setIrqs('msi', undefined));
  onV1('VFIO_DEVICE_RESET', ({ device }) => device.reset());
  onV1('VFIO_IOMMU_MAP_DMA', ({ iommu }) => iommu.mapDma(0n, 0n, 0x1000n, RW));
  onV1('VFIO_IOMMU_UNMAP_DMA', ({ iommu }) => iommu.unmapDma(0n, 0x1000n));
  onV1('VFIO_EEH_PE_OP', ({ container }) => container.eehState());
  onV1('VFIO_IOMMU_ENABLE', ({ iommu }) => iommu.enable());
  onV1('VFIO_IOMMU_DISABLE', ({ iommu }) => iommu.disable());
  onV1('VFIO_IOMMU_SPAPR_TCE_GET_INFO', ({ iommu }) => iommu.getInfo());
  onV2('VFIO_IOMMU_SPAPR_REGISTER_MEMORY', iommu => iommu.registerMemory(0n, 0x10000n));
  onV2('VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY', iommu => iommu.unregisterMemory(0n, 0x10000n));
  onV2('VFIO_IOMMU_SPAPR_TCE_CREATE', iommu =>
    iommu.createWindow({ pageShift: 12, size: 0x1000n, levels: 1 }),
  );
  onV2('VFIO_IOMMU_SPAPR_TCE_REMOVE', iommu => iommu.removeWindow(0n));
  add('VFIO_IOMMU_GET_INFO', hosts.type1, host => {
    const { iommu } = attach(makeProcess(host), 'type1v2');
    return () => iommu.getInfo();
  });
  onV1('KVM_CREATE_SPAPR_TCE', ({ vm }) => vm.createSpaprTce(9, 1));
  onV1('KVM_CREATE_SPAPR_TCE_64', ({ vm }) =>
    vm.createSpaprTce64({ liobn: 9, pageShift: 16, offset: 0n, entries: 1 }),
  );
  onV1('KVM_CREATE_DEVICE', ({ vm }) => vm.createVfioDevice());
  onV1('KVM_DEV_VFIO_GROUP_ADD', ({ vfio, group }) => vfio.addGroup(group));
  onV1('KVM_DEV_VFIO_GROUP_DEL', ({ vfio, group }) => vfio.removeGroup(group));
  onV1('KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE', ({ vfio, group, tce }) => vfio.setSpaprTce(group, tce));
  return calls;
}

function attachV1(host: ReturnType<typeof makeHost>) {
  const process = makeProcess(host);
  const attached = attach(process, 'spapr-tce-v1');
  const device = attached.group.getDeviceFd('0001:00:00.0');
  const vm = process.openKvm();
  return { ...attached, device, vm, vfio: vm.createVfioDevice(), tce: vm.createSpaprTce(1, 16) };
}

function attachV2(host: ReturnType<typeof makeHost>) {
  return attach(makeProcess(host), 'spapr-tce-v2').iommu;
}
