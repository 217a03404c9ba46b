import assert from 'node:assert/strict';
import type { KvmCapability } from '../../src/host/inventory.ts';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { assertConsistent, everythingOf, mappingsOf, tableOf } from './observe.ts';

const PAGE = 0x1000;
const DEVICE = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;
const GROUPS = [1, 2].map(id => ({ id, devices: [{ ...DEVICE, address: `000${id}:00:00.0` }] }));

/** What a kernel can do, and who keeps the table of a 4 KiB window before and while a device is assigned. */
interface Case {
  readonly kvm: readonly KvmCapability[] | null;
  readonly before: boolean;
  readonly v1: boolean;
  readonly v2: boolean;
}

/** By whether the table is the kernel's: before, with a device on a v1 host, and on a v2 host. */
const CASES: Readonly<Record<string, Case>> = {
  'no KVM': { kvm: null, before: false, v1: false, v2: false },
  'a KVM without tables': { kvm: [], before: false, v1: false, v2: false },
  'in-kernel tables without VFIO': { kvm: ['spapr-tce'], before: true, v1: false, v2: false },
  '64-bit windows without VFIO': { kvm: ['spapr-tce', 'spapr-tce-64'], before: true, v1: false, v2: false },
  'in-kernel tables with VFIO': {
    kvm: ['spapr-tce', 'spapr-tce-64', 'spapr-multitce', 'spapr-vfio'],
    before: true,
    v1: false,
    v2: true,
  },
  'VFIO without 64-bit windows': { kvm: ['spapr-tce', 'spapr-vfio'], before: true, v1: false, v2: true },
};

const add = (test: TestMachine, group: number) =>
  test.execute('device_add', { driver: 'vfio-pci', host: `000${group}:00:00.0`, id: `dev${group}` });

async function remove(test: TestMachine, group: number): Promise<void> {
  await test.execute('device_del', { id: `dev${group}` });
  await test.event('DEVICE_DELETED');
}

const map = (test: TestMachine, page: number, pages = 1) =>
  test.execute('x-guest-dma-map', { device: 'nic', iova: page * PAGE, gpa: page * PAGE, size: pages * PAGE });

/** The entries of the first pages, as the guest reads them. */
async function entries(test: TestMachine, pages: number): Promise<readonly (number | undefined)[]> {
  const read = [];
  for (let page = 0; page < pages; page++) {
    const { out } = await test.execute('x-hcall', { name: 'H_GET_TCE', args: [0x80000000, page * PAGE] });
    read.push(out[0]);
  }
  return read;
}

for (const iommu of ['spapr-tce-v1', 'spapr-tce-v2'] as const) {
  describe(`a guest's table on a host with ${iommu}`, () => {
    for (const [name, { kvm, before, v1, v2 }] of Object.entries(CASES)) {
      it(`and ${name}: is kept where that serves, and nothing is lost on any way`, async () => {
        const host = hostFrom({ iommu, kvm, groups: GROUPS });
        const test = new TestMachine({ host, ...(kvm === null ? { accelerators: ['tcg'] } : {}) });
        await test.execute('device_add', { driver: 'e1000', id: 'nic' });
        const fresh = await everythingOf(test);
        const during = iommu === 'spapr-tce-v1' ? v1 : v2;
        await map(test, 0, 4);
        assert.equal((await tableOf(test)).accelerated, before);

        await add(test, 1);
        assert.equal((await tableOf(test)).accelerated, during);
        await map(test, 4, 4);
        await add(test, 2);
        await map(test, 8, 4);
        assert.deepEqual(await mappingsOf(test), [{ iova: 0, size: 12 * PAGE, gpa: 0, perm: 'rw' }]);
        await assertConsistent(test);
        // One follower is left: the table stays as it is, and the guest goes on.
        await remove(test, 1);
        assert.equal((await tableOf(test)).accelerated, during);
        await map(test, 12, 4);
        await assertConsistent(test);
        await remove(test, 2);
        assert.equal((await tableOf(test)).accelerated, before);
        await map(test, 16, 4);
        const all = Array.from({ length: 20 }, (_, page) => page * PAGE + 3);
        assert.deepEqual(await entries(test, 20), all);

        await test.execute('x-guest-dma-unmap', { device: 'nic', iova: 0, size: 20 * PAGE });
        assert.deepEqual(await everythingOf(test), fresh);
        test.close();
      });
    }
  });
}

describe('a table whose device comes and goes', () => {
  it('loses no entry while the guest maps between any two steps', async () => {
    const test = new TestMachine({
      host: hostFrom({ iommu: 'spapr-tce-v1', kvm: ['spapr-tce'], groups: GROUPS }),
    });
    await test.execute('device_add', { driver: 'e1000', id: 'nic' });
    let mapped = 0;
    const step = async () => {
      await map(test, mapped++);
      assert.equal((await tableOf(test)).mapped, mapped);
    };
    for (let round = 0; round < 5; round++) {
      await step();
      await add(test, 1);
      await step();
      await assertConsistent(test);
      await test.execute('device_del', { id: 'dev1' });
      await step();
      await test.event('DEVICE_DELETED');
      assert.equal((await tableOf(test)).accelerated, true);
    }
    assert.deepEqual(
      await entries(test, mapped),
      Array.from({ length: mapped }, (_, page) => page * PAGE + 3),
    );
    test.close();
  });

  it('stays in userspace, whole, if the kernel does not take it back', async () => {
    const host = hostFrom({ iommu: 'spapr-tce-v1', kvm: ['spapr-tce'], groups: GROUPS });
    const test = new TestMachine({ host });
    await test.execute('device_add', { driver: 'e1000', id: 'nic' });
    await map(test, 0, 8);
    await add(test, 1);
    await test.execute('x-host-fault-add', { op: 'KVM_CREATE_SPAPR_TCE', errno: 'ENOMEM' });
    await remove(test, 1);
    const { accelerated, mapped } = await tableOf(test);
    assert.deepEqual([accelerated, mapped], [false, 8]);
    assert.equal(test.reports.at(-1), 'KVM: Failed to create TCE table for liobn 0x80000000');
    // The next device finds it where it is, and the next chance is taken.
    await add(test, 1);
    await assertConsistent(test);
    await remove(test, 1);
    assert.deepEqual([(await tableOf(test)).accelerated, (await tableOf(test)).mapped], [true, 8]);
    test.close();
  });
});
