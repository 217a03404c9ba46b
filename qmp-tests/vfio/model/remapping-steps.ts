import fc from 'fast-check';
import { PciDevice } from '../../../src/pci/device.ts';
import { MODULE_PAGES, MODULES_ON_PC, RAM_PAGES } from './kinds.ts';
import type { Member } from './member.ts';
import { plainStep, step } from './step.ts';

const PAGE = 0x1000;
const PERMISSIONS = { ro: 1, wo: 2, rw: 3 } as const;

const stretch = fc.record({
  device: fc.nat({ max: 11 }),
  /** Also about where interrupts are written to, with large pages, and above 4 GiB. */
  iova: fc.constantFrom(0, 1, 2, 7, 0x100, 0x200, 0x1ff, 0x400, 0xfedff, 0xfef00, 0x100000, 0x1000000),
  target: fc.constantFrom(
    0x100,
    0x101,
    0x200,
    0x400,
    RAM_PAGES - 2,
    0xfed00,
    MODULES_ON_PC,
    MODULES_ON_PC + 0x200,
    MODULES_ON_PC + MODULE_PAGES - 1,
  ),
  count: fc.constantFrom(1, 2, 8, 24, 0x200, 0x201),
  perm: fc.constantFrom('rw', 'rw', 'ro', 'wo'),
  /** Some guests tell the hardware later. */
  invalidate: fc.nat({ max: 11 }).map(choice => choice !== 0),
});

/** Devices that may do DMA: ports and bridges of the start do none. */
function deviceAt({ machine: { system } }: Member, choice: number): PciDevice | undefined {
  const devices = [...system.peripheral.children.values()].filter(
    child => child instanceof PciDevice && !child.isBridge,
  );
  const device = devices[choice % Math.max(devices.length, 1)];
  return device instanceof PciDevice ? device : undefined;
}

const map = step(
  'x-guest-dma-map',
  stretch,
  async (actor, { device: choice, invalidate, perm, ...where }) => {
    const { member } = actor;
    const device = deviceAt(member, choice);
    if (device?.id === undefined) return 'idle';
    const range = { iova: where.iova * PAGE, gpa: where.target * PAGE, size: where.count * PAGE };
    return await actor.attempt('x-guest-dma-map', { device: device.id, ...range, perm, invalidate }, () => {
      const domain = member.domains?.domainOf(device);
      const entries = { ...where, perm: PERMISSIONS[perm] };
      if (domain !== undefined) member.domains?.map(domain, entries, invalidate);
    });
  },
);

const unmap = step(
  'x-guest-dma-unmap',
  stretch,
  async (actor, { device: choice, invalidate, iova, count }) => {
    const { member } = actor;
    const device = deviceAt(member, choice);
    if (device?.id === undefined) return 'idle';
    const range = { iova: iova * PAGE, size: count * PAGE };
    return await actor.attempt('x-guest-dma-unmap', { device: device.id, ...range, invalidate }, () => {
      const domain = member.domains?.domainOf(device);
      if (domain !== undefined) member.domains?.unmap(domain, { iova, count }, invalidate);
    });
  },
);

const setContext = step(
  'x-guest-iommu, context',
  fc.record({
    device: fc.nat({ max: 11 }),
    mode: fc.constantFrom('translated', 'translated', 'pass-through', 'blocked'),
    domain: fc.constantFrom(0, 1, 2, 7),
    translation: fc.constantFrom(undefined, true),
    invalidate: fc.nat({ max: 7 }).map(choice => choice !== 0),
  }),
  async (actor, { device: choice, mode, domain, translation, invalidate }) => {
    const { member } = actor;
    const device = deviceAt(member, choice);
    if (device?.id === undefined || member.domains === undefined) return 'idle';
    const args = {
      device: device.id,
      mode,
      invalidate,
      ...(mode === 'translated' ? { domain } : {}),
      ...(translation === undefined ? {} : { translation }),
    };
    member.domains.chosen = mode === 'translated' ? domain : undefined;
    const outcome = await actor.attempt('x-guest-iommu', args, () => {
      if (member.domains !== undefined && !invalidate) member.domains.isStale = true;
    });
    member.domains.chosen = undefined;
    return outcome;
  },
);

const switchTranslation = step('x-guest-iommu, translation', fc.boolean(), async (actor, translation) => {
  return await actor.attempt('x-guest-iommu', { translation });
});

/** The hardware is told of everything that it may not know yet. */
const invalidate = plainStep('x-guest-iommu, invalidate', async actor => {
  return await actor.attempt('x-guest-iommu', {}, () => actor.member.domains?.invalidated());
});

const setPolicy = step(
  'x-guest-set, iommu',
  fc.constantFrom('off', 'pass-through', 'translated'),
  async (actor, iommu) => await actor.attempt('x-guest-set', { iommu }),
);

/** What a guest on a PC does with its remapping hardware. */
export const remappingSteps = [
  ...[map, map, map, map, unmap, unmap, invalidate],
  ...[setContext, setContext, switchTranslation, setPolicy],
];
