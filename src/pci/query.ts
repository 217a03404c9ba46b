import type { PciBridgeInfo, PciDeviceInfo, PciInfo, PciMemoryRegion } from '../generated/types.ts';
import type { Bar } from './base-addresses.ts';
import type { PciBus } from './bus.ts';
import { classDescription } from './class-codes.ts';
import type { PciDevice } from './device.ts';
import { PciBridge } from './pci-bridge.ts';

/** A BAR that nobody has assigned an address to reads as all ones. */
const UNASSIGNED = -1;

/** What `query-pci` says of a host bridge's bus. */
export function pciInfo(bus: PciBus): PciInfo {
  return { bus: bus.number, devices: bus.functions.map(device => deviceInfo(bus, device)) };
}

function deviceInfo(bus: PciBus, device: PciDevice): PciDeviceInfo {
  const { identity } = device;
  const desc = classDescription(identity.classCode);
  return {
    bus: bus.number,
    slot: device.slot,
    function: device.functionNumber,
    class_info: { class: identity.classCode, ...(desc === undefined ? {} : { desc }) },
    id: {
      device: identity.device,
      vendor: identity.vendor,
      ...(device.isBridge ? {} : { subsystem: device.subsystem, 'subsystem-vendor': device.subsystemVendor }),
    },
    ...(identity.interruptPin === 0 ? {} : { irq: 0 }),
    irq_pin: identity.interruptPin,
    qdev_id: device.id ?? '',
    ...(device instanceof PciBridge ? { pci_bridge: bridgeInfo(device) } : {}),
    regions: device.bars.map(bar => regionInfo(bar, device.addressOf(bar))),
  };
}

function regionInfo(bar: Bar, mapped: bigint | undefined): PciMemoryRegion {
  const address = mapped === undefined ? UNASSIGNED : BigInt.asIntN(64, mapped);
  const { index, size, prefetch = false, is64 = false } = bar;
  // Members are sent in an order that depends on this one.
  return bar.type === 'io'
    ? { bar: index, type: 'io', address, size }
    : { bar: index, type: 'memory', address, size, prefetch, mem_type_64: is64 };
}

/** A bridge whose secondary bus has no number yet shows nothing behind it. */
function bridgeInfo({ secondaryBus, windows, busNumbers }: PciBridge): PciBridgeInfo {
  const { primary, secondary, subordinate } = busNumbers;
  return {
    bus: {
      number: primary,
      secondary,
      subordinate,
      io_range: windows.io,
      memory_range: windows.memory,
      prefetchable_range: windows.memory,
    },
    ...(secondary === 0 ? {} : { devices: pciInfo(secondaryBus).devices }),
  };
}
