import type {
  GuestContextInfo,
  GuestDeviceInfo,
  GuestDmaWindowInfo,
  GuestEventInfo,
  GuestException,
  GuestInfo,
  GuestIommuInfo,
} from '../generated/types.ts';
import { linuxDriver } from '../guest/linux-drivers.ts';
import type { DmaContextEntry, DmaRemapping, GuestEvent, PciPlace } from '../guest/platform.ts';
import type { Machine } from '../machine/machine.ts';
import { formatDevfn } from '../pci/devfn.ts';
import type { PciDevice } from '../pci/device.ts';
import { SpaprMachine } from '../spapr/machine.ts';
import { SpaprPhb } from '../spapr/phb.ts';
import type { TceTable } from '../spapr/tce-table.ts';

const LAST_ADDRESS = 2n ** 64n - 1n;

/** What `x-query-guest` returns. */
export function describeGuest(machine: Machine): GuestInfo {
  const { guest } = machine.config;
  const functions = machine.pciRoots.flatMap(root => [...root.subtree()].flatMap(bus => bus.functions));
  return {
    model: guest.model.name,
    running: machine.guestRuns,
    unplug: guest.manners.unplug,
    'delay-ms': guest.manners.delayMs,
    exceptions: [...guest.exceptions].map(([device, { unplug, delayMs }]): GuestException => {
      return {
        device,
        ...(unplug === undefined ? {} : { unplug }),
        ...(delayMs === undefined ? {} : { 'delay-ms': delayMs }),
      };
    }),
    devices: functions.map(device => describeDevice(device, guest.model.name)),
    ...describeIommu(machine),
    'dma-windows': machine instanceof SpaprMachine ? machine.tceTables.flatMap(describeWindow) : [],
    'pending-events': machine.pendingGuestEvents.map(describeEvent),
  };
}

function describeDevice(device: PciDevice, model: string): GuestDeviceInfo {
  const { vendor, device: deviceId, classCode } = device.identity;
  const bridge = device.bus.root.owner;
  // Without connectors a guest knows what it found when it started.
  const connector = bridge instanceof SpaprPhb ? bridge.hotplug.connectorOf(device) : undefined;
  const configured = connector === undefined || connector.state === 'configured';
  const driver = configured && model === 'linux' ? linuxDriver(device.identity) : undefined;
  return {
    ...(device.id === undefined ? {} : { id: device.id }),
    'qom-path': device.path,
    vendor,
    device: deviceId,
    class: classCode,
    configured,
    'removal-requested': connector?.unplugRequested ?? false,
    ...(driver === undefined ? {} : { driver }),
  };
}

function describeWindow({ liobn, window, entries, parent }: TceTable): GuestDmaWindowInfo[] {
  if (!(parent instanceof SpaprPhb)) return [];
  const { busOffset, entries: length, pageShift } = window;
  const size = BigInt(length) << BigInt(pageShift);
  return [
    { liobn, phb: parent.index, start: busOffset, size, 'page-shift': pageShift, mapped: entries.present },
  ];
}

function describeIommu({ guestPlatform: platform, config }: Machine): { readonly iommu?: GuestIommuInfo } {
  const remapping = platform.kind === 'pc' ? platform.remapping() : undefined;
  if (remapping === undefined) return {};
  const contexts = remapping.contexts.map(([source, entry]) => describeContext(remapping, source, entry));
  return { iommu: { policy: config.guest.iommu, translation: remapping.translation, contexts } };
}

function describeContext(
  remapping: DmaRemapping,
  { bus, devfn }: PciPlace,
  entry: DmaContextEntry,
): GuestContextInfo {
  const source = `${bus.toString(16).padStart(2, '0')}:${formatDevfn(devfn)}`;
  if (entry.kind === 'pass-through') return { source, mode: entry.kind };
  const { kind: mode, domain } = entry;
  const pages = [...remapping.pages(domain, 0n, LAST_ADDRESS)];
  const bytes = pages.reduce((sum, { pageShift }) => sum + (1n << BigInt(pageShift)), 0n);
  return { source, mode, domain, pages: pages.length, 'mapped-bytes': bytes };
}

function describeEvent(event: GuestEvent): GuestEventInfo {
  const { kind } = event;
  const device = 'device' in event && event.device !== undefined ? { device: event.device } : {};
  if (kind !== 'hotplug') return { kind, ...device };
  const { action, drcIndex, count } = event;
  return { kind, action, 'drc-index': drcIndex, ...(count === undefined ? {} : { count }), ...device };
}
