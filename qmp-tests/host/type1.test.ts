import assert from 'node:assert/strict';
import type { FileGroup } from '../../src/host/inventory-file.ts';
import { listMappings } from '../../src/host/list-mappings.ts';
import { assertErrno, attach, DEVICE, GiB, MiB, makeHost, makeProcess, RO, RW, tableOf } from './helpers.ts';

const TYPE1 = { iommu: 'type1', 'page-sizes': [4096, 2097152] } as const;

describe('type1', () => {
  it('takes any number of groups, and any address', () => {
    const process = makeProcess(makeHost(TYPE1));
    const { container, iommu } = attach(process, 'type1v2');
    process.openGroup(2).setContainer(container);
    iommu.mapDma(0n, 0n, GiB, RW);
    iommu.mapDma((1n << 64n) - MiB, 0n, MiB, RO);
    assert.deepEqual(iommu.getInfo(), {
      pageSizes: 0x201000n,
      iovaRanges: [{ first: 0n, last: (1n << 64n) - 1n }],
      mappingsAvailable: 65533,
    });
    assert.equal(iommu.unmapDma(0n, 1n << 64n), GiB + MiB);
  });

  it('refuses what is not whole pages, empty, without permission, beyond 64 bits, or without memory', () => {
    const { iommu } = attach(makeProcess(makeHost(TYPE1)), 'type1v2');
    assertErrno('EINVAL', () => iommu.mapDma(0n, 0n, 0n, RW));
    assertErrno('EINVAL', () => iommu.mapDma(0n, 0n, 0x1000n, 0));
    assertErrno('EINVAL', () => iommu.mapDma(0n, 0n, 0x1000n, 8));
    assertErrno('EINVAL', () => iommu.mapDma(0x10n, 0n, 0x1000n, RW));
    assertErrno('EINVAL', () => iommu.mapDma(0n, 0x10n, 0x1000n, RW));
    assertErrno('EINVAL', () => iommu.mapDma(0n, 0n, 0x1010n, RW));
    assertErrno('EINVAL', () => iommu.mapDma((1n << 64n) - 0x1000n, 0n, 0x2000n, RW));
    assertErrno('EFAULT', () => iommu.mapDma(0n, GiB - 0x1000n, 0x2000n, RW));
    assert.equal(iommu.mappings, 0);
  });

  it('refuses overlaps, too many mappings, and more locked memory than allowed', () => {
    const process = makeProcess(makeHost({ ...TYPE1, 'mapping-limit': 2, memlock: 0x4000 }));
    const { iommu } = attach(process, 'type1v2');
    iommu.mapDma(0x10000n, 0n, 0x2000n, RW);
    for (const iova of [0xf000n, 0x10000n, 0x11000n]) {
      assertErrno('EEXIST', () => iommu.mapDma(iova, 0n, 0x2000n, RW));
    }
    assertErrno('ENOMEM', () => iommu.mapDma(0n, 0n, 0x3000n, RW));
    iommu.mapDma(0n, 0n, 0x2000n, RW);
    assert.equal(process.lockedBytes, 0x4000n);
    assertErrno('ENOSPC', () => iommu.mapDma(0x20000n, 0n, 0x1000n, RW));
  });

  it('v2 unmaps several mappings at once but cuts none', () => {
    const { iommu } = attach(makeProcess(makeHost(TYPE1)), 'type1v2');
    for (const iova of [0x1000n, 0x4000n, 0x8000n]) iommu.mapDma(iova, 0n, 0x2000n, RW);
    assertErrno('EINVAL', () => iommu.unmapDma(0x2000n, 0x4000n));
    assertErrno('EINVAL', () => iommu.unmapDma(0x1000n, 0x4000n));
    assertErrno('EINVAL', () => iommu.unmapDma(0x1000n, 0n));
    assert.equal(iommu.unmapDma(0x1000n, 0x7000n), 0x4000n);
    assert.equal(iommu.unmapDma(0n, 0x1000n), 0n);
    assert.equal(iommu.mappings, 1);
  });

  it('v1 unmaps whole mappings that begin in the range, and nothing behind one that begins before', () => {
    const { iommu } = attach(makeProcess(makeHost(TYPE1)), 'type1');
    for (const iova of [0x1000n, 0x4000n]) iommu.mapDma(iova, 0n, 0x2000n, RW);
    assert.equal(iommu.unmapDma(0x2000n, 0x4000n), 0n);
    assert.equal(iommu.unmapDma(0x1000n, 0x1000n), 0x2000n);
    assert.equal(iommu.unmapDma(0n, 0x5000n), 0x2000n);
  });

  it('gives memory back when the last group leaves', () => {
    const process = makeProcess(makeHost(TYPE1));
    const { group, iommu } = attach(process, 'type1v2');
    iommu.mapDma(0n, 0n, GiB, RW);
    assert.equal(process.lockedBytes, GiB);
    group.close();
    assert.deepEqual([process.lockedBytes, iommu.mappings], [0n, 0]);
    assertErrno('EINVAL', () => iommu.mapDma(0n, 0n, GiB, RW));
  });

  it('maps and compares the entries of a page table', () => {
    const { iommu } = attach(makeProcess(makeHost(TYPE1)), 'type1v2');
    const table = tableOf(16, [
      [2, 0x5003n],
      [3, 0x6003n],
      [4, 0x40000003n],
      [5, 0x7001n],
    ]);
    const run = { table, first: 0, end: 16, pageShift: 12, base: 0x100000n };
    const failed: number[] = [];
    iommu.mapEntries(run, { failed: index => failed.push(index) });
    assert.deepEqual(failed, [4]);
    assert.deepEqual(listMappings(iommu, 0n, 10).mappings, [
      { iova: 0x102000n, size: 0x2000n, vaddr: 0x5000n, perm: RW },
      { iova: 0x105000n, size: 0x1000n, vaddr: 0x7000n, perm: RO },
    ]);
    assert.deepEqual([...iommu.differences(run)], []);
    table.set(3, 0n);
    table.set(9, 0x9003n);
    const host = { iova: 0x103000n, size: 0x1000n, vaddr: 0x6000n, perm: RW };
    assert.deepEqual(
      [...iommu.differences(run)],
      [
        { index: 3, host },
        { index: 9, host: undefined },
      ],
    );
  });

  it('maps only what the IOMMU translates and nobody has reserved', () => {
    const range = (first: number, last: number) => ({ first: BigInt(first), last: BigInt(last) });
    const process = makeProcess(hostWithReserved());
    const { container, group, iommu } = attach(process, 'type1v2', 1);
    assert.deepEqual(iommu.iovaRanges, [range(0, 0xfedfffff), range(0xfef00000, 0xffffffff)]);
    assertErrno('EINVAL', () => iommu.mapDma(0xfedff000n, 0n, 0x2000n, RW));
    iommu.mapDma(0xfedff000n, 0n, 0x1000n, RW);
    iommu.mapDma(0xfef00000n, 0n, 0x1000n, RW);
    assertErrno('EINVAL', () => iommu.mapDma(0xfee00000n, 0n, 0x1000n, RW));
    assertErrno('EINVAL', () => iommu.mapDma(0x100000000n, 0n, 0x1000n, RW));
    iommu.mapDma(0x80000000n, 0n, 0x1000n, RW);

    // What another group has reserved must not be mapped yet, and cannot be any more.
    const other = process.openGroup(2);
    iommu.mapDma(0x10000000n, 0n, 0x1000n, RW);
    assertErrno('EINVAL', () => other.setContainer(container));
    iommu.unmapDma(0x10000000n, 0x1000n);
    other.setContainer(container);
    assertErrno('EINVAL', () => iommu.mapDma(0x10000000n, 0n, 0x1000n, RW));
    // Whoever has the group need not keep to what is relaxable.
    iommu.mapDma(0x20000000n, 0n, 0x1000n, RW);
    other.unsetContainer();
    iommu.mapDma(0x10000000n, 0n, 0x1000n, RW);
    group.close();
  });

  it('takes no group for which firmware wants mappings of its own', () => {
    const process = makeProcess(hostWithReserved());
    const { container } = attach(process, 'type1v2', 1);
    assertErrno('EPERM', () => process.openGroup(3).setContainer(container));
  });

  it('comes in one version only on old hosts', () => {
    const process = makeProcess(makeHost({ ...TYPE1, type1v2: false }));
    const container = process.openContainer();
    assert.deepEqual([container.checkExtension('type1'), container.checkExtension('type1v2')], [true, false]);
    process.openGroup(1).setContainer(container);
    assertErrno('ENODEV', () => container.setIommu('type1v2'));
  });
});

function hostWithReserved() {
  const msi = { first: '0xfee00000', last: '0xfeefffff', kind: 'msi' } as const;
  const group = (id: number, ...reserved: NonNullable<FileGroup['reserved']>) => {
    return { id, reserved: [msi, ...reserved], devices: [{ ...DEVICE, address: `000${id}:00:00.0` }] };
  };
  return makeHost({
    ...TYPE1,
    aperture: { first: 0, last: '0xffffffff' },
    groups: [
      group(1),
      group(
        2,
        { first: '0x10000000', last: '0x1fffffff', kind: 'reserved' },
        { first: '0x20000000', last: '0x2fffffff', kind: 'direct-relaxable' },
      ),
      group(3, { first: '0x30000000', last: '0x3fffffff', kind: 'direct' }),
    ],
  });
}
