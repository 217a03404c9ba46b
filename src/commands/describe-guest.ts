import type {
  GuestDeviceInfo,
  GuestDmaWindowInfo,
  GuestEventInfo,
  GuestException,
  GuestInfo,
} from '../generated/types.ts';
import { linuxDriver } from '../guest/linux-drivers.ts';
import type { GuestEvent } from '../guest/platform.ts';
import type { Machine } from '../machine/machine.ts';
import type { PciDevice } from '../pci/device.ts';
import { SpaprMachine } from '../spapr/machine.ts';
import { SpaprPhb } from '../spapr/phb.ts';
import type { TceTable } from '../spapr/tce-table.ts';

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

function describeEvent(event: GuestEvent): GuestEventInfo {
  const { kind } = event;
  const device = 'device' in event && event.device !== undefined ? { device: event.device } : {};
  if (kind !== 'hotplug') return { kind, ...device };
  const { action, drcIndex, count } = event;
  return { kind, action, 'drc-index': drcIndex, ...(count === undefined ? {} : { count }), ...device };
}
