import assert from 'node:assert/strict';
import { BUILTIN_INVENTORY } from '../../src/host/builtin-inventory.ts';
import { Host } from '../../src/host/host.ts';
import { HOST_OPERATIONS, type HostOperation } from '../../src/host/operations.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { RunningProgram } from '../helpers/program.ts';
import type { QmpClient } from '../helpers/qmp-client.ts';
import { type Arguments, CommandError, type CommandName, refusal } from '../helpers/wire.ts';
import { assertConsistent, everythingOf } from './observe.ts';
import { assertSound, type Mismatch } from './soundness.ts';

/** So many calls do not come: a fault that only counts. */
const NEVER = 1_000_000;

/** Operations that the life of a device on this host does not need. */
const UNUSED: readonly HostOperation[] = [
  'VFIO_EEH_PE_OP',
  'VFIO_IOMMU_GET_INFO',
  'VFIO_IOMMU_DISABLE',
  'VFIO_IOMMU_SPAPR_REGISTER_MEMORY',
  'VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY',
  'VFIO_IOMMU_SPAPR_TCE_CREATE',
  'VFIO_IOMMU_SPAPR_TCE_REMOVE',
  'KVM_CREATE_SPAPR_TCE_64',
  'KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE',
];

type Step = readonly [name: CommandName, args: Arguments<CommandName>];

const add = (host: string, id: string): Step => ['device_add', { driver: 'vfio-pci', host, id }];
const remove = (id: string): Step => ['device_del', { id }];
const map = (iova: number, gpa: number, pages: number): Step => [
  'x-guest-dma-map',
  { device: 'nic', iova, gpa, size: pages * 0x1000 },
];
const unmap = (iova: number, pages: number): Step => [
  'x-guest-dma-unmap',
  { device: 'nic', iova, size: pages * 0x1000 },
];

/** The life of two devices: replay, updates, removal. */
const LIFE: readonly Step[] = [
  ['device_add', { driver: 'e1000', id: 'nic' }],
  map(0, 0x100000, 256),
  map(0x10000000, 0x2000000, 513),
  add('0001:00:00.0', 'xhci'),
  add('0003:01:00.0', 'nvme'),
  map(0x20000000, 0, 5),
  // Entries that are overwritten without being removed first.
  map(0x20001000, 0x900000, 2),
  unmap(0, 100),
  remove('xhci'),
  unmap(0x10000000, 20),
  remove('nvme'),
  unmap(0, 256),
  unmap(0x10000000, 513),
  unmap(0x20000000, 5),
  remove('nic'),
];

/** Runs a life on a host, looking at every step whether what went wrong was told. */
class Life {
  readonly host = new Host(BUILTIN_INVENTORY);
  readonly test: TestMachine;
  /** What was refused, by device. */
  readonly refused = new Map<string, string>();
  mismatches: readonly Mismatch[] = [];

  constructor(fault: { readonly op: HostOperation; readonly after: number }) {
    this.host.faults.add({ ...fault, errno: 'EIO' });
    this.test = new TestMachine({ host: this.host, accelerators: ['kvm'] });
  }

  async run(): Promise<void> {
    for (const step of LIFE) await this.#step(step);
  }

  get calls(): number {
    return this.host.faults.list()[0]?.calls ?? 0;
  }

  async #step([name, args]: Step): Promise<void> {
    const id = 'id' in args ? String(args.id) : undefined;
    if (name === 'device_del' && id !== undefined && this.refused.has(id)) return;
    const before = name === 'device_add' ? await everythingOf(this.test) : undefined;
    const reported = this.test.reports.length;
    const wasWrong = this.mismatches.length;
    let error: CommandError | undefined;
    try {
      await this.test.execute(name, args);
    } catch (failure) {
      if (!(failure instanceof CommandError)) throw failure;
      error = failure;
    }
    this.mismatches = await assertSound(this.test);
    const told = error !== undefined || this.test.reports.length > reported;
    assert(told || this.mismatches.length <= wasWrong, `${name} went wrong without a word`);
    if (error === undefined) return;
    assert.deepEqual(await everythingOf(this.test), before, `${error.message} left something behind`);
    // The fault is over: what was refused is possible now.
    if (id === undefined) throw error;
    this.refused.set(id, error.desc);
    await this.test.execute(name, args);
    assert.deepEqual(await assertSound(this.test), this.mismatches);
    this.refused.delete(id);
  }
}

describe('a host that fails once', function () {
  this.timeout(60_000);
  let fresh: unknown;

  before(async () => {
    const test = new TestMachine({ accelerators: ['kvm'] });
    fresh = await everythingOf(test);
    test.close();
  });

  async function calls(op: HostOperation): Promise<number> {
    const life = new Life({ op, after: NEVER });
    await life.run();
    life.test.close();
    return life.calls;
  }

  for (const op of HOST_OPERATIONS.filter(op => !UNUSED.includes(op))) {
    it(`${op}, at the first, a middle and the last call`, async () => {
      const count = await calls(op);
      assert(count > 0, 'the operation is used');
      for (const after of new Set([0, Math.floor(count / 2), count - 1])) {
        if (op === 'open:/dev/kvm') {
          assert.throws(() => new Life({ op, after }), /no accelerator found/);
          continue;
        }
        const life = new Life({ op, after });
        await life.run();
        assert.equal(life.host.faults.list()[0]?.hits, 1, `call ${after} of ${count}`);
        assert.deepEqual(life.mismatches, []);
        if (op !== 'KVM_CREATE_SPAPR_TCE') assert.deepEqual(await everythingOf(life.test), fresh);
        life.test.close();
      }
    });
  }
});

describe('a host that fails, seen by a client', () => {
  const xhci = { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' } as const;
  let program: RunningProgram;
  let qmp: QmpClient;

  beforeEach(async () => {
    program = await RunningProgram.start(['-accel', 'kvm', '-m', '1G', '-device', 'e1000,id=nic']);
    qmp = program.qmp;
    await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0x100000, size: 769 * 0x1000 });
  });

  afterEach(() => program.stop());

  it('during the replay: the device is there, an audit names the entry, stderr says why', async () => {
    await qmp.execute('x-host-fault-add', { op: 'VFIO_IOMMU_MAP_DMA', errno: 'ENOMEM', after: 384 });
    await qmp.execute('device_add', xhci);
    const [fault] = await qmp.execute('x-query-host-faults');
    assert.equal(fault?.hits, 1);
    assert.deepEqual(await qmp.execute('x-vfio-audit'), {
      consistent: false,
      differences: [{ container: 0, iova: 0x180000, guest: { gpa: 0x280000, perm: 'rw' }, host: null }],
    });

    // The guest's next change of the entry mends it.
    await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0x180000, gpa: 0x280000, size: 0x1000 });
    await assertConsistent(qmp);
    const { stderr } = await program.stop();
    assert.match(
      stderr,
      /vfio_dma_map\(0x\w+, 0x180000, 0x1000, 0x280000\) = -12 \(Cannot allocate memory\)\n/,
    );
  });

  it('for good: every entry is missing, and stderr is not flooded', async () => {
    await qmp.execute('x-host-fault-add', { op: 'VFIO_IOMMU_MAP_DMA', errno: -12, times: 1_000_000 });
    await qmp.execute('device_add', xhci);
    assert.equal((await qmp.execute('x-vfio-audit')).differences.length, 769);
    await qmp.execute('device_del', { id: 'xhci' });
    await qmp.event('DEVICE_DELETED');
    await assertConsistent(qmp);
    assert.match((await program.stop()).stderr, /vfio: 761 further mappings failed\n$/);
  });

  it('while the container is set up: the device is refused, and can be added afterwards', async () => {
    const before = await everythingOf(qmp);
    await qmp.execute('x-host-fault-add', { op: 'VFIO_IOMMU_ENABLE', errno: 'EPERM', group: 1 });
    assert.equal(
      await refusal(qmp, 'device_add', xhci),
      'vfio 0001:00:00.0: failed to setup container for group 1: failed to enable container: ' +
        'Operation not permitted',
    );
    assert.deepEqual(await everythingOf(qmp), before);
    await qmp.execute('device_add', xhci);
    await assertConsistent(qmp);
  });

  it('only where it was told to', async () => {
    assert.match(
      await refusal(qmp, 'x-host-fault-add', { op: 'VFIO_MAP_DMA', errno: 'EPERM' }),
      /^Parameter 'op' does not accept value 'VFIO_MAP_DMA', but one of open:/,
    );
    const { id } = await qmp.execute('x-host-fault-add', { op: 'VFIO_SET_IOMMU', errno: 'EPERM', group: 3 });
    await qmp.execute('device_add', xhci);
    assert.equal((await qmp.execute('x-query-host-faults'))[0]?.hits, 0);
    await qmp.execute('x-host-fault-remove', { id });
    await qmp.execute('device_add', { ...xhci, host: '0003:01:00.0', id: 'nvme' });
    assert.deepEqual(await qmp.execute('x-query-host-faults'), []);
    assert.equal(await refusal(qmp, 'x-host-fault-remove', { id }), `Fault ${id} not found`);
  });
});
