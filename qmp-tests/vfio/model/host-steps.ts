import fc from 'fast-check';
import { ERRNOS } from '../../../src/base/errors.ts';
import { KVM_CAPABILITIES } from '../../../src/host/inventory.ts';
import { HOST_OPERATIONS, type HostOperation } from '../../../src/host/operations.ts';
import { type Kind, RAM_PAGES } from './kinds.ts';
import { plainStep, step, type WorldCommand } from './step.ts';

/** Operations of one family's hosts alone; the others may fail anywhere. */
const OF_POWER = /SPAPR|EEH|VFIO_IOMMU_ENABLE|KVM_CREATE_SPAPR/;
const OF_X86 = /^VFIO_IOMMU_GET_INFO$/;
/** Nothing disables a container, and KVM is opened before a story begins. */
const NEVER_MET = /^VFIO_IOMMU_DISABLE$|^open:.dev.kvm$/;

/** The operations of a kind's hosts that can be met in a story. */
export function operationsOf({ family }: Kind): readonly HostOperation[] {
  const others = family === 'pseries' ? OF_X86 : OF_POWER;
  return HOST_OPERATIONS.filter(op => !others.test(op) && !NEVER_MET.test(op));
}

/** Most faults are one failure at the next call. */
const fault = (kind: Kind) => {
  const groups = kind.hosts.flatMap(host => host.groups.map(({ id }) => id));
  const counts = {
    op: fc.constantFrom(...operationsOf(kind)),
    errno: fc.constantFrom(...ERRNOS),
    after: fc.constantFrom(0, 0, 0, 0, 1, 2, 5),
    times: fc.constantFrom(1, 1, 1, 2, 100),
  };
  const options = fc.oneof(
    { weight: 4, arbitrary: fc.record(counts) },
    { weight: 1, arbitrary: fc.record({ ...counts, group: fc.constantFrom(...groups) }) },
  );
  return step(
    'x-host-fault-add',
    options,
    async (actor, given) => await actor.attempt('x-host-fault-add', given),
  );
};

const repair = plainStep('x-host-fault-remove', async actor => {
  const faults = actor.world.host.faults.list();
  for (const { id } of faults) await actor.execute('x-host-fault-remove', { id });
  return faults.length === 0 ? 'idle' : 'done';
});

/** A device goes from its driver to another one or to none, out of the host, or back. */
const changeDevice = step(
  'x-host-set, a device',
  fc.record({
    device: fc.nat({ max: 11 }),
    change: fc.constantFrom(
      ...([{ driver: 'vfio-pci' }, { driver: 'vfio-pci' }, { driver: 'vfio-pci' }] as const),
      ...([{ driver: 'native' }, { driver: null }, { present: false }, { present: true }] as const),
    ),
  }),
  async (actor, { device: choice, change }) => {
    const { devices } = actor.world.host;
    const device = devices[choice % devices.length]?.address;
    if (device === undefined) return 'idle';
    return await actor.attempt('x-host-set', { device, ...change });
  },
);

/** Everything of the host that was taken away comes back: it would soon have nothing to give. */
const restore = plainStep('x-host-set, all devices', async actor => {
  return (await actor.world.restoreDevices(actor.member)) === 0 ? 'idle' : 'done';
});

const setMemlock = step(
  'x-host-set, memlock',
  fc.constantFrom(null, null, null, 2 ** 31, 2 ** 32, RAM_PAGES * 0x1000, 3 * RAM_PAGES * 0x1000),
  async (actor, memlock) => await actor.attempt('x-host-set', { memlock }),
);

const setKvm = step(
  'x-host-set, kvm',
  fc.constantFrom(null, [], ['spapr-tce'] as const, ['spapr-tce', 'spapr-tce-64'] as const, KVM_CAPABILITIES),
  async (actor, kvm) => await actor.attempt('x-host-set', { kvm: kvm === null ? null : [...kvm] }),
);

export function hostSteps(kind: Kind): readonly fc.Arbitrary<WorldCommand>[] {
  return [fault(kind), fault(kind), fault(kind), repair, changeDevice, restore, setMemlock];
}

export const kvmSteps = [setKvm];
