import { QmpError } from '../base/errors.ts';
import { PERM_READ, PERM_WRITE } from '../base/page-table.ts';
import type { DmaPermission } from '../generated/types.ts';
import { guestModel } from '../guest/models.ts';
import type { DmaContextEntry } from '../guest/platform.ts';
import type { CommandHandlers } from './context.ts';
import { describeGuest } from './describe-guest.ts';
import { guestDma, placeOf, remappingOf } from './guest-dma.ts';

const PERMISSIONS: Readonly<Record<DmaPermission, number>> = {
  ro: PERM_READ,
  wo: PERM_WRITE,
  rw: PERM_READ | PERM_WRITE,
};

export const xGuestCommands: CommandHandlers<
  'x-guest-dma-map' | 'x-guest-dma-unmap' | 'x-guest-iommu' | 'x-guest-set' | 'x-query-guest'
> = {
  'x-guest-set': ({ machine }, { model: name, unplug, 'delay-ms': delayMs, iommu, device }) => {
    const { guest } = machine.config;
    if (device !== undefined && iommu !== undefined)
      throw new QmpError("Parameters 'device' and 'iommu' are mutually exclusive");
    if (name !== undefined) {
      const model = guestModel(name);
      if (model === undefined) throw new QmpError(`Parameter 'model' does not accept value '${name}'`);
      guest.model = model;
    }
    guest.change({ unplug, delayMs }, device);
    guest.iommu = iommu ?? guest.iommu;
  },
  'x-query-guest': ({ machine }) => describeGuest(machine),
  'x-guest-dma-map': (context, { device, liobn, iova, gpa, size, perm = 'rw', invalidate }) => {
    const dma = guestDma(context, { device, liobn, iova: BigInt(iova), invalidate });
    return { pages: dma.map(BigInt(iova), BigInt(gpa), BigInt(size), PERMISSIONS[perm]) };
  },
  'x-guest-dma-unmap': (context, { device, liobn, iova, size, invalidate }) => {
    const dma = guestDma(context, { device, liobn, iova: BigInt(iova), existing: true, invalidate });
    return { pages: dma.unmap(BigInt(iova), BigInt(size)) };
  },
  'x-guest-iommu': ({ machine }, { translation, device, mode, domain, invalidate = true }) => {
    const platform = machine.guestPlatform;
    if (platform.kind !== 'pc') throw new QmpError('This command needs a PC');
    const remapping = remappingOf(platform);
    if (device !== undefined && mode === undefined) throw new QmpError("Parameter 'mode' is missing");
    if (device === undefined && mode !== undefined) throw new QmpError("Parameter 'device' is missing");
    if (domain !== undefined && mode !== 'translated')
      throw new QmpError("Parameter 'domain' needs 'mode' to be 'translated'");
    if (mode === 'pass-through' && !remapping.canPassThrough)
      throw new QmpError('This IOMMU cannot let requests pass');
    if (device !== undefined) {
      remapping.setContext(remapping.requesterOf(placeOf(machine, device)), contextOf(mode, domain));
    }
    if (translation !== undefined) remapping.translation = translation;
    if (!invalidate) return;
    remapping.invalidateContexts();
    for (const [, entry] of remapping.contexts)
      if (entry.kind === 'translated') remapping.invalidateMappings(entry.domain);
  },
};

/** @param domain 0 by default, which no driver uses */
function contextOf(
  mode: 'blocked' | 'pass-through' | 'translated' | undefined,
  domain = 0,
): DmaContextEntry | undefined {
  if (mode === 'translated') return { kind: mode, domain };
  return mode === 'pass-through' ? { kind: mode } : undefined;
}
