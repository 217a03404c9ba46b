import type { Host } from '../../../src/host/host.ts';
import type { HostDevice } from '../../../src/host/host-device.ts';
import type { IommuGroup } from '../../../src/host/iommu-group.ts';
import { SpaprMachine } from '../../../src/spapr/machine.ts';
import type { SpaprPhb } from '../../../src/spapr/phb.ts';
import type { Member } from './member.ts';

const FEW_MAPPINGS = 1000;

/** Whether the host may refuse things that it usually does: it was told to fail, or is short of something. */
function isHampered({ faults, memlock, inventory }: Host): boolean {
  const isArmed = faults.list().some(({ hits, times }) => hits < times);
  return isArmed || memlock !== undefined || inventory.mappingLimit < FEW_MAPPINGS;
}

/** Whether a device of the host can be given to a machine, as far as the host is concerned. */
export function isToBeHad({ isBoundToVfio, present, group, files }: HostDevice): boolean {
  if (group === undefined) return false;
  const isFree = group.file === undefined && group.container === undefined && files.size === 0;
  // What firmware wants mapped one to one, no container has.
  const isMovable = group.reserved.every(({ kind }) => kind !== 'direct');
  return present && isBoundToVfio && isFree && isMovable && group.viable;
}

/** Whether a container for the group could not have windows of its own. */
function isV1({ inventory }: Host, group: IommuGroup): boolean {
  return inventory.iommu === 'spapr-tce-v1' || !group.ddw;
}

/** Whether the host can have a window for each of a bridge's. */
function windowsFit({ inventory: { window, ddw } }: Host, { windows }: SpaprPhb, v1: boolean): boolean {
  const ranges = windows.map(({ window: { busOffset, pageShift, entries } }) => {
    return { start: busOffset, end: busOffset + (BigInt(entries) << BigInt(pageShift)) };
  });
  if (v1) return ranges.every(({ start, end }) => start >= window.start && end <= window.start + window.size);
  // It is the host that decides where they lie: the first in the place of its own, the second high up.
  const [first, second] = ranges.map(({ start }) => start).sort((a, b) => (a < b ? -1 : 1));
  return (first ?? window.start) === window.start && (second ?? ddw.base) === ddw.base;
}

/** Whether a device that is to be had cannot be refused to a machine, on this bridge if it has such. */
export function mustBeGiven(
  member: Member,
  host: Host,
  { group }: HostDevice,
  phb: SpaprPhb | undefined,
): boolean {
  if (group === undefined || isHampered(host) || member.isDisturbed) return false;
  return phb === undefined || windowsFit(host, phb, isV1(host, group));
}

/**
 * Whether a machine may have ended with a hardware error, as it does when the host cannot follow the guest: it was
 * told to fail, or has failed before, is short of something, or the guest has asked for windows that it cannot have.
 * @param hasFailed whether the host has just done what it was told
 */
export function mayEnd(member: Member, host: Host, hasFailed: boolean): boolean {
  const { machine } = member;
  if (hasFailed || isHampered(host) || member.isDisturbed) return true;
  if (!(machine instanceof SpaprMachine)) return false;
  return machine.vfio.spaces.some(({ dmaSpace }) => {
    const phb = machine.phbs.find(each => each.dmaSpace === dmaSpace);
    const types = [...member.iommuTypes(dmaSpace)];
    return phb !== undefined && types.some(type => !windowsFit(host, phb, type === 'spapr-tce-v1'));
  });
}
