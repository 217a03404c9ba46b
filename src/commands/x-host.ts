import { type Clock, VirtualClock } from '../base/clock.ts';
import { ERRNOS, type Errno, errnoFromNumber, QmpError } from '../base/errors.ts';
import type { HostDeviceInfo, HostEehState, HostErrno, HostGroupInfo } from '../generated/types.ts';
import { EEH_STATE, type EehState } from '../host/eeh.ts';
import type { FaultDelay } from '../host/faults.ts';
import type { Host } from '../host/host.ts';
import type { HostDevice } from '../host/host-device.ts';
import type { IommuGroup } from '../host/iommu-group.ts';
import { SpaprTceDriver } from '../host/iommu-spapr.ts';
import type { IommuTable } from '../host/iommu-table.ts';
import { HOST_OPERATIONS, isHostOperation } from '../host/operations.ts';
import type { CommandHandlers } from './context.ts';

export const xHostCommands: CommandHandlers<
  | 'x-query-host'
  | 'x-host-set'
  | 'x-host-fault-add'
  | 'x-host-fault-remove'
  | 'x-query-host-faults'
  | 'x-host-eeh-inject'
> = {
  'x-query-host': ({ machine }) => {
    const { host, process } = { host: machine.environment.host, process: machine.process };
    const { inventory } = host;
    return {
      description: inventory.description,
      iommu: inventory.iommu,
      'page-sizes': inventory.pageSizes.reduce((mask, size) => mask | BigInt(size), 0n),
      ...(host.kvmCapabilities === undefined ? {} : { kvm: [...host.kvmCapabilities] }),
      ...(host.memlock === undefined ? {} : { 'memlock-limit': host.memlock }),
      'locked-bytes': process.lockedBytes,
      'open-files': process.openFiles(),
      groups: host.groups.map(group => ({
        ...describeGroup(group),
        ...(inventory.iommu === 'type1' ? {} : describeEeh(group.eeh)),
      })),
      'ungrouped-devices': host.devices.filter(device => device.group === undefined).map(describeDevice),
    };
  },
  'x-host-set': ({ machine }, { device, driver, present, memlock, kvm }) => {
    const { host } = machine.environment;
    if (device !== undefined) changeDevice(host, device, driver, present);
    else if (driver !== undefined || present !== undefined)
      throw new QmpError("Parameter 'device' is missing");
    if (memlock !== undefined) host.memlock = memlock === null ? undefined : BigInt(memlock);
    if (kvm !== undefined) host.kvmCapabilities = kvm ?? undefined;
  },
  'x-host-fault-add': ({ machine }, { op, errno, 'delay-ns': delayNs, ...options }) => {
    if (!isHostOperation(op)) {
      throw new QmpError(
        `Parameter 'op' does not accept value '${op}', but one of ${HOST_OPERATIONS.join(', ')}`,
      );
    }
    if (options.times === 0) throw new QmpError("Parameter 'times' expects a value of at least 1");
    if (errno === undefined && delayNs === undefined) throw new QmpError("Parameter 'errno' is missing");
    const { clock, host } = machine.environment;
    const fault = given({
      errno: errno === undefined ? undefined : toErrno(errno),
      delay: delayNs === undefined ? undefined : delayOn(clock, BigInt(delayNs)),
      ...options,
    });
    return { id: host.faults.add({ op, ...fault }) };
  },
  'x-host-fault-remove': ({ machine }, { id }) => {
    if (!machine.environment.host.faults.remove(id)) throw new QmpError(`Fault ${id} not found`);
  },
  'x-host-eeh-inject': ({ machine }, { group: id, device, error = 'frozen' }) => {
    const { host } = machine.environment;
    if (host.inventory.iommu === 'type1') throw new QmpError('This host has no EEH');
    const group = groupMeant(host, id, device);
    if (!group.eeh.inject(error)) throw new QmpError(`Errors of IOMMU group ${group.id} are not watched for`);
  },
  'x-query-host-faults': ({ machine }) =>
    machine.environment.host.faults.list().map(({ id, op, errno, delay, after, times, group, hits }) => ({
      id,
      op,
      ...(errno === undefined ? {} : { errno }),
      ...(delay === undefined ? {} : { 'delay-ns': delay.ns }),
      after,
      times,
      ...(group === undefined ? {} : { group }),
      hits,
    })),
};

/** @throws QmpError */
function changeDevice(
  host: Host,
  address: string,
  driver: string | null | undefined,
  present: boolean | undefined,
): void {
  const device = host.device(address);
  if (device === undefined) throw new QmpError(`Host device '${address}' not found`);
  if (driver === undefined && present === undefined) throw new QmpError("Parameter 'driver' is missing");
  if (driver !== undefined && !(present ?? device.present))
    throw new QmpError(`Host device '${address}' is not plugged in`);
  if (present === true) device.plug();
  if (present === false) device.unplug();
  if (driver !== undefined) device.rebind(driver || undefined);
}

/** Time that a call takes. @throws QmpError for a clock that cannot be told how late it is */
function delayOn(clock: Clock, ns: bigint): FaultDelay {
  if (!(clock instanceof VirtualClock)) throw new QmpError("Parameter 'delay-ns' needs '-clock virtual'");
  return { ns, spend: () => clock.spend(ns) };
}

/** The group named by its number, or by the address of one of its devices. @throws QmpError */
function groupMeant(host: Host, id: number | undefined, device: string | undefined): IommuGroup {
  if (id !== undefined && device !== undefined)
    throw new QmpError("Parameters 'group' and 'device' are mutually exclusive");
  if (id !== undefined) {
    const group = host.group(id);
    if (group === undefined) throw new QmpError(`IOMMU group ${id} not found`);
    return group;
  }
  if (device === undefined) throw new QmpError("Parameter 'group' is missing");
  const found = host.device(device);
  if (found === undefined) throw new QmpError(`Host device '${device}' not found`);
  if (found.group === undefined) throw new QmpError(`Host device '${device}' is in no IOMMU group`);
  return found.group;
}

const EEH_STATES: Readonly<Record<number, HostEehState>> = {
  [EEH_STATE.normal]: 'normal',
  [EEH_STATE.reset]: 'reset',
  [EEH_STATE.stopped]: 'stopped',
  [EEH_STATE.dmaStopped]: 'dma-stopped',
  [EEH_STATE.unavailable]: 'unavailable',
};

/** Members that have a value. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** By name (`ENOMEM`) or by Linux's number, positive or, as the kernel returns it, negative. */
function toErrno(errno: HostErrno): Errno {
  const found =
    typeof errno === 'string'
      ? ERRNOS.find(name => name === errno)
      : errnoFromNumber(Math.abs(Number(errno)));
  if (found === undefined) throw new QmpError(`Parameter 'errno' does not accept value '${errno}'`);
  return found;
}

function describeGroup(group: IommuGroup): HostGroupInfo {
  return {
    id: group.id,
    viable: group.viable,
    open: group.file !== undefined,
    attached: group.container !== undefined,
    windows: windowsOf(group).map(({ start, size, pageShift, entries }) => ({
      start,
      size,
      'page-shift': pageShift,
      mapped: entries.present,
    })),
    ...(group.reserved.length === 0
      ? {}
      : { reserved: group.reserved.map(({ first, last, kind }) => ({ first, last, kind })) }),
    devices: group.devices.map(describeDevice),
  };
}

function describeEeh({ enabled, state }: EehState) {
  return { 'eeh-enabled': enabled, 'eeh-state': EEH_STATES[state] ?? 'unavailable' } as const;
}

/** The tables of the group's container; IOMMUs of type1 have none. */
function windowsOf(group: IommuGroup): readonly IommuTable[] {
  const iommu = group.container?.iommu;
  return iommu instanceof SpaprTceDriver ? iommu.windows : [];
}

function describeDevice(device: HostDevice): HostDeviceInfo {
  return {
    host: device.address,
    vendor: device.facts.vendor,
    device: device.facts.device,
    class: device.facts.class,
    ...(device.driver === undefined ? {} : { driver: device.driver }),
    ...(device.nextDriver === undefined ? {} : { 'next-driver': device.nextDriver.driver ?? '' }),
    ...(device.present ? {} : { present: false }),
    open: device.files.size > 0,
  };
}
