import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PaprPlatform } from '../../src/guest/platform.ts';
import { SpaprMachine } from '../../src/spapr/machine.ts';
import { hostFrom, TestMachine } from '../helpers/in-process.ts';
import { cases } from '../helpers/random.ts';
import { containersOf } from './observe.ts';

const PAGE = 0x1000n;
const WINDOW_PAGES = 0x40000;
const MEMORY_PAGES = 0x10000;
const MEMORY = BigInt(MEMORY_PAGES) * PAGE;
/** Entries at the borders of what steps set. */
const LOOKED_AT = [0, 4080, 8180, WINDOW_PAGES - 20].flatMap(from =>
  [...Array(20).keys()].map(i => from + i),
);
const LIOBN = 0x80000000n;

const DEVICE = '0001:00:00.0';
const GROUPS = [
  { id: 1, devices: [{ address: DEVICE, vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' }] },
] as const;
/** By who has the guest's table while a device is assigned. */
const HOSTS = {
  'sPAPR v1, the emulator': { iommu: 'spapr-tce-v1', kvm: ['spapr-tce'] },
  'sPAPR v2, the emulator': { iommu: 'spapr-tce-v2', kvm: ['spapr-tce'] },
  'sPAPR v2, the kernel': { iommu: 'spapr-tce-v2', kvm: ['spapr-tce', 'spapr-tce-64', 'spapr-vfio'] },
} as const;
type HostKind = keyof typeof HOSTS;

// Around the borders of the tables' chunks and of the window; memory ends before the addresses do.
const at = fc.oneof(
  fc.integer({ min: 0, max: 8 }),
  fc.integer({ min: 4090, max: 4100 }),
  fc.integer({ min: WINDOW_PAGES - 9, max: WINDOW_PAGES }),
);
const pages = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(4096, 8192, 8200));
const target = fc.oneof(fc.nat(MEMORY_PAGES), fc.constantFrom(MEMORY_PAGES - 4, MEMORY_PAGES + 5));
const bits = fc.bigInt({ min: 0n, max: 9n });
const step = fc.oneof(
  fc.record({ kind: fc.constant('map' as const), at, pages, target, bits }),
  fc.record({ kind: fc.constant('stuff' as const), at, pages, target, bits }),
  fc.record({ kind: fc.constant('clear' as const), at, pages }),
  fc.record({ kind: fc.constantFrom('plug', 'plug', 'unplug', 'fault') }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What a guest can do at once, and the same call by call. */
interface Way {
  map(papr: PaprPlatform, ioba: bigint, tce: bigint, count: number): boolean;
  stuff(papr: PaprPlatform, ioba: bigint, tce: bigint, count: number): boolean;
}

function callByCall(papr: PaprPlatform, ioba: bigint, tce: bigint, count: number, distance: bigint): boolean {
  for (let i = 0n; i < count; i++) {
    const { ret } = papr.hypercall('H_PUT_TCE', [LIOBN, ioba + i * PAGE, tce + i * distance]);
    if (ret !== 0n) return false;
  }
  return true;
}

const AT_ONCE: Way = {
  map: (papr, ioba, tce, count) => papr.putTces(LIOBN, ioba, tce, count).ret === 0n,
  stuff: (papr, ioba, tce, count) =>
    papr.hypercall('H_STUFF_TCE', [LIOBN, ioba, tce, BigInt(count)]).ret === 0n,
};
const CALL_BY_CALL: Way = {
  map: (papr, ioba, tce, count) => callByCall(papr, ioba, tce, count, PAGE),
  stuff: (papr, ioba, tce, count) => callByCall(papr, ioba, tce, count, 0n),
};

/** What came of each step, and all that can be seen afterwards. */
async function outcome(kind: HostKind, steps: readonly Step[], way: Way) {
  const test = new TestMachine({ host: hostFrom({ ...HOSTS[kind], groups: GROUPS }), ramSize: MEMORY });
  const results: unknown[] = [];
  for (const action of steps) results.push(await perform(test, action, way));
  const containers = await containersOf(test);
  const mappings = await Promise.all(
    containers.map(({ id }) => test.execute('x-query-vfio-mappings', { container: id, limit: 100_000 })),
  );
  const entries = LOOKED_AT.map(index =>
    platformOf(test).hypercall('H_GET_TCE', [LIOBN, BigInt(index) * PAGE]),
  );
  const tables = await test.execute('x-query-tce-tables');
  const audit = await test.execute('x-vfio-audit');
  test.close();
  return { results, containers, mappings, entries, tables, audit, reports: test.reports };
}

async function perform(test: TestMachine, action: Step, way: Way): Promise<unknown> {
  const papr = platformOf(test);
  switch (action.kind) {
    case 'map':
      return way.map(
        papr,
        BigInt(action.at) * PAGE,
        BigInt(action.target) * PAGE + action.bits,
        action.pages,
      );
    case 'stuff':
      return way.stuff(
        papr,
        BigInt(action.at) * PAGE,
        BigInt(action.target) * PAGE + action.bits,
        action.pages,
      );
    case 'clear':
      return way.stuff(papr, BigInt(action.at) * PAGE, 0n, action.pages);
    case 'fault':
      return test.execute('x-host-fault-add', { op: 'VFIO_IOMMU_MAP_DMA', errno: 'ENOMEM', after: 3 });
    case 'plug':
      await test.execute('device_add', { driver: 'vfio-pci', host: DEVICE, id: 'vfio' }).catch(() => {});
      return containersOf(test);
    case 'unplug':
      await test.execute('device_del', { id: 'vfio' }).catch(() => {});
      return containersOf(test);
  }
}

function platformOf({ machine }: TestMachine): PaprPlatform {
  assert(machine instanceof SpaprMachine);
  return machine.guestPlatform;
}

describe('what a guest maps at once', () => {
  for (const kind of Object.keys(HOSTS) as HostKind[]) {
    it(`is what it would be page by page (${kind} has the table)`, () =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
          assert.deepEqual(await outcome(kind, steps, AT_ONCE), await outcome(kind, steps, CALL_BY_CALL));
        }),
        cases(60),
      ));
  }

  it('asks the host as often, if an entry is in the way', async () => {
    const steps: Step[] = [
      { kind: 'fault' },
      { kind: 'plug' },
      { kind: 'map', at: WINDOW_PAGES - 9, pages: 1, target: 0, bits: 1n },
      { kind: 'stuff', at: WINDOW_PAGES - 9, pages: 9, target: 0, bits: 3n },
    ];
    for (const kind of ['sPAPR v1, the emulator', 'sPAPR v2, the emulator'] as const) {
      const atOnce = await outcome(kind, steps, AT_ONCE);
      assert.equal(atOnce.reports.length, 1);
      assert.deepEqual(atOnce, await outcome(kind, steps, CALL_BY_CALL));
    }
  });
});
