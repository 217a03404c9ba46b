import assert from 'node:assert/strict';
import { assertErrno, attach, DEVICE, GiB, MiB, makeHost, makeProcess, RW } from './helpers.ts';

const V2 = { iommu: 'spapr-tce-v2', memlock: 4 * 2 ** 30 } as const;
const BASE = 0x800000000000000n;

describe('sPAPR TCE v2', () => {
  it('is offered beside v1, and tells what windows it can make', () => {
    const process = makeProcess(makeHost(V2));
    const { container, iommu } = attach(process, 'spapr-tce-v2');
    assert(container.checkExtension('spapr-tce-v1') && container.checkExtension('spapr-tce-v2'));
    assert.deepEqual(iommu.getInfo().ddw, { pageSizes: 0x1011000n, maxDynamicWindows: 2, levels: 5 });
    attach(process, 'spapr-tce-v1', 2);
  });

  it('is refused to a group on a bridge without dynamic windows, which can still have v1', () => {
    const devices = [{ ...DEVICE, address: '0001:00:00.0' }];
    const process = makeProcess(makeHost({ ...V2, groups: [{ id: 1, ddw: false, devices }] }));
    const container = process.openContainer();
    process.openGroup(1).setContainer(container);
    assertErrno('EPERM', () => container.setIommu('spapr-tce-v2'));
    container.setIommu('spapr-tce-v1');
  });

  it('charges registered memory once, however many containers register it', () => {
    const process = makeProcess(makeHost(V2));
    const first = attach(process, 'spapr-tce-v2', 1).iommu;
    const second = attach(process, 'spapr-tce-v2', 2);
    first.registerMemory(0n, GiB);
    second.iommu.registerMemory(0n, GiB);
    assert.equal(process.lockedBytes, GiB);
    assertErrno('EBUSY', () => first.registerMemory(0n, GiB));
    first.unregisterMemory(0n, GiB);
    assert.equal(process.lockedBytes, GiB);
    assertErrno('ENOENT', () => first.unregisterMemory(0n, GiB));
    second.group.close();
    assert.equal(process.lockedBytes, 0n);
  });

  it('registers whole system pages of memory that is there, below the memlock limit, without overlap', () => {
    const host = makeHost(V2);
    const process = makeProcess(host);
    const { iommu } = attach(process, 'spapr-tce-v2');
    assertErrno('EINVAL', () => iommu.registerMemory(0x1000n, GiB));
    assertErrno('EFAULT', () => iommu.registerMemory(0n, 2n * GiB));
    host.memlock = GiB - 1n;
    assertErrno('ENOMEM', () => iommu.registerMemory(0n, GiB));
    iommu.registerMemory(0n, 512n * MiB);
    assertErrno('EINVAL', () => iommu.registerMemory(256n * MiB, 256n * MiB));
    assert.equal(process.lockedBytes, 512n * MiB);
  });

  it('maps registered memory only, and does not give it up while it is mapped', () => {
    const { iommu } = attach(makeProcess(makeHost(V2)), 'spapr-tce-v2');
    assertErrno('EFAULT', () => iommu.mapDma(0n, 0n, 0x1000n, RW));
    iommu.registerMemory(0n, 64n * MiB);
    iommu.mapDma(0n, 0x10000n, 0x1000n, RW);
    assertErrno('EFAULT', () => iommu.mapDma(0x1000n, 64n * MiB, 0x1000n, RW));
    assertErrno('EBUSY', () => iommu.unregisterMemory(0n, 64n * MiB));
    iommu.unmapDma(0n, 0x1000n);
    iommu.unregisterMemory(0n, 64n * MiB);
    assert.equal(iommu.lockedBytes, 0n);
  });

  it('starts with the 32-bit window, which can be replaced', () => {
    const { iommu } = attach(makeProcess(makeHost(V2)), 'spapr-tce-v2');
    const windows = () => iommu.windows.map(({ start, size, pageShift }) => [start, size, pageShift]);
    assert.deepEqual(windows(), [[0n, 2n * GiB, 12]]);
    iommu.removeWindow(0n);
    assertErrno('EINVAL', () => iommu.removeWindow(0n));
    assert.equal(iommu.createWindow({ pageShift: 16, size: GiB, levels: 1 }), 0n);
    assert.equal(iommu.createWindow({ pageShift: 24, size: 4n * GiB, levels: 1 }), BASE);
    assert.deepEqual(windows(), [
      [0n, GiB, 16],
      [BASE, 4n * GiB, 24],
    ]);
    assertErrno('ENOSPC', () => iommu.createWindow({ pageShift: 12, size: GiB, levels: 1 }));
    iommu.removeWindow(0n);
    assertErrno('EINVAL', () => iommu.createWindow({ pageShift: 20, size: GiB, levels: 1 }));
    assertErrno('EINVAL', () => iommu.createWindow({ pageShift: 12, size: GiB + 0x1000n, levels: 1 }));
    assertErrno('EINVAL', () => iommu.createWindow({ pageShift: 12, size: GiB, levels: 6 }));
    assert.equal(iommu.createWindow({ pageShift: 12, size: GiB, levels: 5 }), 0n);
  });

  it('maps pages of the size of the window, backed by pages at least as large', () => {
    const process = makeProcess(makeHost(V2));
    process.addMemory(4n * GiB, GiB, 0x1000000);
    const { iommu } = attach(process, 'spapr-tce-v2');
    iommu.registerMemory(0n, GiB);
    iommu.registerMemory(4n * GiB, GiB);
    iommu.createWindow({ pageShift: 24, size: 4n * GiB, levels: 1 });
    assertErrno('EINVAL', () => iommu.mapDma(BASE, 4n * GiB, MiB, RW));
    assertErrno('EPERM', () => iommu.mapDma(BASE, 0n, 16n * MiB, RW));
    iommu.mapDma(BASE, 4n * GiB, 32n * MiB, RW);
    assert.deepEqual([iommu.mappings, iommu.mappedBytes], [2, 32n * MiB]);
    assert.deepEqual(iommu.mappingAt(BASE + 17n * MiB)?.vaddr, 4n * GiB + 16n * MiB);
  });

  it('shares windows and mappings between the groups of a container, until the last has left', () => {
    const process = makeProcess(makeHost(V2));
    const { container, group, iommu } = attach(process, 'spapr-tce-v2', 1);
    iommu.registerMemory(0n, GiB);
    iommu.mapDma(0n, 0n, GiB, RW);
    const second = process.openGroup(2);
    second.setContainer(container);
    group.unsetContainer();
    assert.equal(iommu.mappings, 0x40000);
    second.unsetContainer();
    assert.deepEqual([iommu.mappings, iommu.windows.length, process.lockedBytes], [0, 0, 0n]);
  });
});
