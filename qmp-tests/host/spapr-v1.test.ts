import assert from 'node:assert/strict';
import { listMappings } from '../../src/host/list-mappings.ts';
import { assertErrno, attach, GiB, makeHost, makeProcess, RO, RW } from './helpers.ts';

describe('sPAPR TCE v1', () => {
  it('tells its 32-bit window', () => {
    const { iommu } = attach(makeProcess(makeHost()), 'spapr-tce-v1');
    const info = { dma32WindowStart: 0n, dma32WindowSize: 2n * GiB, ddw: undefined };
    assert.deepEqual(iommu.getInfo(), info);
  });

  it('takes one group a container', () => {
    const process = makeProcess(makeHost());
    const { container } = attach(process, 'spapr-tce-v1', 1);
    const second = process.openGroup(2);
    assertErrno('EBUSY', () => second.setContainer(container));
    assert.equal(second.getStatus().containerSet, false);
    const other = process.openContainer();
    second.setContainer(other);
    other.setIommu('spapr-tce-v1');
  });

  it('cannot be chosen for two groups at once', () => {
    const process = makeProcess(makeHost());
    const container = process.openContainer();
    for (const id of [1, 2]) process.openGroup(id).setContainer(container);
    assertErrno('EBUSY', () => container.setIommu('spapr-tce-v1'));
    assert.equal(container.iommu, undefined);
  });

  it('charges the whole window when it is enabled', () => {
    const host = makeHost({ memlock: 3 * 2 ** 30 });
    const process = makeProcess(host);
    const first = attach(process, 'spapr-tce-v1', 1);
    const second = attach(process, 'spapr-tce-v1', 2);
    first.iommu.enable();
    assert.equal(process.lockedBytes, 2n * GiB);
    assert.equal(first.iommu.lockedBytes, 2n * GiB);
    assertErrno('EBUSY', () => first.iommu.enable());
    assertErrno('ENOMEM', () => second.iommu.enable());
    host.memlock = 4n * GiB;
    second.iommu.enable();
    first.iommu.disable();
    first.iommu.disable();
    assert.equal(process.lockedBytes, 2n * GiB);
    makeProcess(host).lock(4n * GiB, 'VFIO_IOMMU_ENABLE');
  });

  it('is of no use once its group has left', () => {
    const process = makeProcess(makeHost());
    const { container, group, iommu } = attach(process, 'spapr-tce-v1');
    iommu.enable();
    iommu.mapDma(0n, 0n, 0x1000n, RW);
    group.unsetContainer();
    assert.deepEqual([iommu.mappings, process.lockedBytes, container.iommu], [0, 0n, undefined]);
    assertErrno('EINVAL', () => iommu.mapDma(0n, 0n, 0x1000n, RW));
    group.setContainer(container);
    container.setIommu('spapr-tce-v1');
    assert.notEqual(container.iommu, iommu);
  });

  it('maps only while it is enabled', () => {
    const { iommu } = attach(makeProcess(makeHost()), 'spapr-tce-v1');
    assertErrno('EPERM', () => iommu.mapDma(0n, 0n, 0x1000n, RW));
    assertErrno('EPERM', () => iommu.unmapDma(0n, 0x1000n));
    iommu.enable();
    iommu.mapDma(0n, 0n, 0x1000n, RW);
    assert.equal(iommu.unmapDma(0n, 0x1000n), 0x1000n);
  });

  it('maps whole pages inside the window, to memory that is there, where nothing is yet', () => {
    const process = makeProcess(makeHost({ window: { start: '0x10000', size: '0x20000' } }));
    const { iommu } = attach(process, 'spapr-tce-v1');
    iommu.enable();
    const map = (iova: bigint, vaddr: bigint, size: bigint, flags = RW) =>
      iommu.mapDma(iova, vaddr, size, flags);
    assertErrno('EINVAL', () => map(0x10000n, 0n, 0x1000n, 4));
    assertErrno('EINVAL', () => map(0x10000n, 0n, 0x1000n, 0));
    assertErrno('EINVAL', () => map(0x10800n, 0n, 0x1000n));
    assertErrno('EINVAL', () => map(0x10000n, 0x800n, 0x1000n));
    assertErrno('EINVAL', () => map(0x10000n, 0n, 0x800n));
    assertErrno('EINVAL', () => map(0xf000n, 0n, 0x1000n));
    assertErrno('EINVAL', () => map(0x2f000n, 0n, 0x2000n));
    assertErrno('EFAULT', () => map(0x10000n, GiB, 0x1000n));
    map(0x2f000n, 0x5000n, 0x1000n, RO);
    assertErrno('EBUSY', () => map(0x2e000n, 0n, 0x2000n));
    assertErrno('EFAULT', () => map(0x10000n, GiB - 0x1000n, 0x2000n));
    const mapping = { iova: 0x2f000n, size: 0x1000n, vaddr: 0x5000n, perm: RO };
    assert.deepEqual(listMappings(iommu, 0n, 10), { mappings: [mapping], more: false });
    assert.equal(iommu.mappedBytes, 0x1000n);
  });

  it('unmaps whole pages inside the window, mapped or not', () => {
    const { iommu } = attach(makeProcess(makeHost()), 'spapr-tce-v1');
    iommu.enable();
    iommu.mapDma(0x3000n, 0n, 0x3000n, RW);
    assertErrno('EINVAL', () => iommu.unmapDma(0x3000n, 0x800n));
    assertErrno('EINVAL', () => iommu.unmapDma(0x3800n, 0x1000n));
    assertErrno('EINVAL', () => iommu.unmapDma(2n * GiB - 0x1000n, 0x2000n));
    assert.equal(iommu.unmapDma(0x4000n, 0x1000n), 0x1000n);
    assert.equal(iommu.unmapDma(0n, 2n * GiB), 0x2000n);
    assert.equal(iommu.mappings, 0);
  });

  it('lists mappings merged, from an address, up to a limit', () => {
    const { iommu } = attach(makeProcess(makeHost()), 'spapr-tce-v1');
    iommu.enable();
    iommu.mapDma(0n, 0x10000000n, 0x2000n, RW);
    iommu.mapDma(0x2000n, 0x10002000n, 0x1000n, RW);
    iommu.mapDma(0x3000n, 0x10003000n, 0x1000n, RO);
    iommu.mapDma(0x4000n, 0x10000000n, 0x1000n, RO);
    iommu.mapDma(0x40000000n, 0x10000000n, 0x4000000n, RW);
    const all = listMappings(iommu, 0n, 1000).mappings.map(({ iova, size }) => [iova, size]);
    const tail = [0x40000000n, 0x4000000n];
    assert.deepEqual(all, [[0n, 0x3000n], [0x3000n, 0x1000n], [0x4000n, 0x1000n], tail]);
    assert.equal(listMappings(iommu, 0n, 3).more, true);
    assert.deepEqual(listMappings(iommu, 0x5000n, 1), {
      mappings: [{ iova: 0x40000000n, size: 0x4000000n, vaddr: 0x10000000n, perm: RW }],
      more: false,
    });
  });
});
