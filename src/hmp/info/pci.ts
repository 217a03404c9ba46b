import type { PciDeviceInfo, PciMemoryRange, PciMemoryRegion } from '../../generated/types.ts';
import { command, type HmpSession } from '../command.ts';

export const infoPci = command({
  name: 'pci',
  help: 'show PCI info',
  run: async session => {
    for (const bus of await session.execute('query-pci')) printDevices(bus.devices, session);
  },
});

function printDevices(devices: readonly PciDeviceInfo[], session: HmpSession): void {
  for (const device of devices) {
    session.print(`${[...lines(device)].join('\n')}\n`);
    printDevices(device.pci_bridge?.devices ?? [], session);
  }
}

const unsigned = (value: number | bigint) => BigInt.asUintN(64, BigInt(value));
const hex = (value: number | bigint, digits = 0) => unsigned(value).toString(16).padStart(digits, '0');
const decimal = (value: number | bigint, width: number) => String(value).padStart(width);

function* lines(device: PciDeviceInfo): Generator<string> {
  const { class_info: kind, id, pci_bridge: bridge } = device;
  yield `  Bus ${decimal(device.bus, 2)}, device ${decimal(device.slot, 3)}, function ${device.function}:`;
  const what = kind.desc ?? `Class ${String(kind.class).padStart(4, '0')}`;
  yield `    ${what}: PCI device ${hex(id.vendor, 4)}:${hex(id.device, 4)}`;
  if (id['subsystem-vendor'] !== undefined && id.subsystem !== undefined)
    yield `      PCI subsystem ${hex(id['subsystem-vendor'], 4)}:${hex(id.subsystem, 4)}`;
  if (device.irq !== undefined)
    yield `      IRQ ${device.irq}, pin ${String.fromCharCode(64 + Number(device.irq_pin))}`;
  if (bridge !== undefined) {
    const { bus } = bridge;
    yield `      BUS ${bus.number}.`;
    yield `      secondary bus ${bus.secondary}.`;
    yield `      subordinate bus ${bus.subordinate}.`;
    yield `      IO range ${range(bus.io_range, 4)}`;
    yield `      memory range ${range(bus.memory_range, 8)}`;
    yield `      prefetchable memory range ${range(bus.prefetchable_range, 8)}`;
  }
  for (const region of device.regions) yield `      BAR${region.bar}: ${regionText(region)}`;
  yield `      id "${device.qdev_id}"`;
}

function range({ base, limit }: PciMemoryRange, digits: number): string {
  return `[0x${hex(base, digits)}, 0x${hex(limit, digits)}]`;
}

/** A BAR without an address reads as all ones, and so wraps around. */
function regionText(region: PciMemoryRegion): string {
  const { address, size } = region;
  const last = BigInt(address) + BigInt(size) - 1n;
  if (region.type === 'io') return `I/O at 0x${hex(address, 4)} [0x${hex(last, 4)}].`;
  const width = region.mem_type_64 === true ? 64 : 32;
  const prefetchable = region.prefetch === true ? ' prefetchable' : '';
  return `${width} bit${prefetchable} memory at 0x${hex(address, 8)} [0x${hex(last, 8)}].`;
}
