import assert from 'node:assert/strict';
import type { Host } from '../../src/host/host.ts';
import type { KvmCapability } from '../../src/host/inventory.ts';
import { assertErrno, attach, GiB, MiB, makeHost, makeProcess, NOTHING_OPEN } from './helpers.ts';

const ALL: readonly KvmCapability[] = ['spapr-tce', 'spapr-tce-64', 'spapr-multitce', 'spapr-vfio'];
const LIOBN = 0x80000000;

describe('KVM', () => {
  it('may not be there', () => {
    assertErrno('ENOENT', () => makeHost().createProcess().openKvm());
  });

  it('has the capabilities of the host, which may change', () => {
    const host = makeHost({ kvm: ['spapr-tce'] });
    const vm = host.createProcess().openKvm();
    assert(vm.checkExtension('spapr-tce') && !vm.checkExtension('spapr-vfio'));
    host.kvmCapabilities = ['spapr-vfio'];
    assert(!vm.checkExtension('spapr-tce') && vm.checkExtension('spapr-vfio'));
    assertErrno('ENOTTY', () => vm.createSpaprTce(LIOBN, 1));
  });

  it('keeps a table for each LIOBN until its file is closed', () => {
    const process = makeHost({ kvm: ['spapr-tce'] }).createProcess();
    const vm = process.openKvm();
    const tce = vm.createSpaprTce(LIOBN, 0x40000);
    assertErrno('EBUSY', () => vm.createSpaprTce(LIOBN, 0x40000));
    assertErrno('EINVAL', () => vm.createSpaprTce(LIOBN + 1, 0));
    assertErrno('ENOTTY', () => vm.createSpaprTce64({ liobn: 1, pageShift: 16, offset: 0n, entries: 1 }));
    assert.equal(tce.fd, 4);
    tce.close();
    assert.equal(vm.createSpaprTce(LIOBN, 1).fd, 4);
    process.close();
    assert.deepEqual(process.openFiles(), NOTHING_OPEN);
  });

  it('handles H_PUT_TCE for memory inside the window', () => {
    const vm = makeProcess(makeHost({ kvm: ALL })).openKvm();
    const options = { liobn: LIOBN, pageShift: 16, offset: 0x20000n, entries: 2 };
    const tce = vm.createSpaprTce64(options);
    assert.equal(tce.putTce(0x10000n, 3n), 'H_PARAMETER');
    assert.equal(tce.putTce(0x40000n, 3n), 'H_PARAMETER');
    assert.equal(tce.putTce(0x30000n, GiB + 3n), 'H_TOO_HARD');
    assert.equal(tce.putTce(0x30123n, 0x50003n), 'H_SUCCESS');
    assert.equal(tce.table.get(1), 0x50003n);
  });

  it('holds a group that its VFIO device was told of', () => {
    const { process, group, vfio } = assigned(makeHost({ iommu: 'spapr-tce-v2', kvm: ALL }));
    assertErrno('EEXIST', () => vfio.addGroup(group));
    assertErrno('EBUSY', () => group.unsetContainer());
    const idle = process.openGroup(2);
    assertErrno('EINVAL', () => vfio.addGroup(idle));
    assertErrno('ENOENT', () => vfio.removeGroup(idle));
    vfio.removeGroup(group);
    group.unsetContainer();
    group.close();
    assertErrno('EBADF', () => vfio.removeGroup(group));
  });

  it('has one VFIO device, which lets go of its groups when it is closed', () => {
    const { vm, group, vfio } = assigned(makeHost({ iommu: 'spapr-tce-v2', kvm: ALL }));
    assertErrno('EBUSY', () => vm.createVfioDevice());
    vfio.close();
    group.unsetContainer();
    vm.createVfioDevice();
  });

  it('updates the host table of an assigned group by itself', () => {
    const { iommu, group, tce, vfio } = assigned(makeHost({ iommu: 'spapr-tce-v2', kvm: ALL }));
    iommu.registerMemory(0n, 64n * MiB);
    vfio.setSpaprTce(group, tce);
    assert.equal(tce.putTce(0x3000n, 0x5003n), 'H_SUCCESS');
    const mapping = { iova: 0x3000n, size: 0x1000n, vaddr: 0x5000n, perm: 3 };
    assert.deepEqual([...iommu.mappingsFrom(0n)], [mapping]);
    assert.equal(tce.putTce(0x3000n, 0x6001n), 'H_SUCCESS');
    assert.deepEqual([...iommu.mappingsFrom(0n)], [{ ...mapping, vaddr: 0x6000n, perm: 1 }]);
    assert.equal(tce.putTce(0x4000n, (64n * MiB) | 3n), 'H_TOO_HARD');
    assert.equal(tce.putTce(0x3000n, 0n), 'H_SUCCESS');
    assert.equal(iommu.mappings, 0);
    vfio.removeGroup(group);
    assert.equal(tce.putTce(0x3000n, 0x5003n), 'H_SUCCESS');
    assert.equal(iommu.mappings, 0);
  });

  it('leaves mappings of an sPAPR v1 container to the process', () => {
    const process = makeProcess(makeHost({ kvm: ALL }));
    const { group, iommu } = attach(process, 'spapr-tce-v1');
    const vm = process.openKvm();
    const vfio = vm.createVfioDevice();
    const tce = vm.createSpaprTce(LIOBN, 0x40000);
    vfio.addGroup(group);
    vfio.setSpaprTce(group, tce);
    assert.equal(tce.putTce(0x3000n, 0x5003n), 'H_TOO_HARD');
    assert.deepEqual([tce.table.present, iommu.mappings], [0, 0]);
  });

  it('splits larger guest pages over smaller host pages', () => {
    const { process, vm, iommu, group, vfio } = assigned(makeHost({ iommu: 'spapr-tce-v2', kvm: ALL }));
    process.addMemory(0n, 64n * MiB, 0x10000);
    iommu.registerMemory(0n, 64n * MiB);
    const tce = vm.createSpaprTce64({ liobn: 5, pageShift: 16, offset: 0n, entries: 0x4000 });
    vfio.setSpaprTce(group, tce);
    tce.putTce(0x20000n, 0x30003n);
    const mapping = { iova: 0x20000n, size: 0x10000n, vaddr: 0x30000n, perm: 3 };
    assert.deepEqual([...iommu.mappingsFrom(0n)], [mapping]);
    tce.putTce(0x20000n, 0n);
    assert.equal(iommu.mappings, 0);
  });

  it('attaches only tables that fit, of groups it knows, with the capability', () => {
    const host = makeHost({ iommu: 'spapr-tce-v2', kvm: ALL });
    const { process, vm, iommu, group, tce, vfio } = assigned(host);
    const second = attach(process, 'spapr-tce-v2', 2).group;
    assertErrno('ENOENT', () => vfio.setSpaprTce(second, tce));
    const elsewhere = vm.createSpaprTce64({ liobn: 5, pageShift: 12, offset: GiB, entries: 1 });
    assertErrno('EINVAL', () => vfio.setSpaprTce(group, elsewhere));
    const tooLong = vm.createSpaprTce(6, 0x80001);
    assertErrno('EINVAL', () => vfio.setSpaprTce(group, tooLong));
    tooLong.close();
    assertErrno('EBADF', () => vfio.setSpaprTce(group, tooLong));
    iommu.removeWindow(0n);
    assertErrno('EINVAL', () => vfio.setSpaprTce(group, tce));
    host.kvmCapabilities = ['spapr-tce'];
    assertErrno('ENXIO', () => vfio.setSpaprTce(group, tce));
  });
});

/** A process with a virtual machine whose VFIO device knows group 1, and a 1 GiB table. */
function assigned(host: Host) {
  const process = makeProcess(host);
  const vm = process.openKvm();
  const vfio = vm.createVfioDevice();
  const { group, iommu } = attach(process, 'spapr-tce-v2');
  vfio.addGroup(group);
  return { process, vm, vfio, group, iommu, tce: vm.createSpaprTce(LIOBN, 0x40000) };
}
