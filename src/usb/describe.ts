import { QmpError } from '../base/errors.ts';
import type { System } from '../qdev/system.ts';
import { UsbBus } from './bus.ts';
import { MEGABITS, type UsbDevice } from './device.ts';

/** Attached devices by bus and port, in words. @throws QmpError if there is no bus that they could be on */
export function describeUsb(system: System): string {
  const buses = [...system.inService]
    .flatMap(({ childBuses }) => childBuses)
    .filter(bus => bus instanceof UsbBus)
    .sort((a, b) => a.number - b.number);
  if (buses.length + system.keptUsbBuses === 0) throw new QmpError('USB support not enabled');
  return buses
    .flatMap(bus => bus.usedPorts.map(({ path, device }) => describeDevice(bus, path, device)))
    .join('');
}

function describeDevice({ number }: UsbBus, port: string, device: UsbDevice | undefined): string {
  if (device === undefined) return '';
  const { id, productName, speed } = device;
  // Addresses are the guest's to give, and to QEMU's own devices it has given none yet.
  const place = `Device ${number}.0, Port ${port}, Speed ${MEGABITS[speed]} Mb/s`;
  return `  ${place}, Product ${productName}${id === undefined ? '' : `, ID: ${id}`}\n`;
}
