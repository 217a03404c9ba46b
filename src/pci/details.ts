import { classDescription } from './class-codes.ts';
import type { PciDevice } from './device.ts';

/** The base address that a BAR without one shows. */
const UNASSIGNED = 2n ** 64n - 1n;

const hex = (value: number | bigint, digits = 0) => value.toString(16).padStart(digits, '0');

/** What `info qtree` says of a function: class, address, ids and base address registers. */
export function functionDetails(device: PciDevice): readonly string[] {
  const { identity, bus, isBridge } = device;
  const what = classDescription(identity.classCode) ?? `Class ${hex(identity.classCode, 4)}`;
  const place = `${hex(bus.number, 2)}:${hex(device.slot, 2)}.${device.functionNumber}`;
  const ids = `${hex(identity.vendor, 4)}:${hex(identity.device, 4)}`;
  // In a bridge's header there are other registers where a device has these ids.
  const sub = isBridge ? '0000:0000' : `${hex(device.subsystemVendor, 4)}:${hex(device.subsystem, 4)}`;
  return [
    `class ${what}, addr ${place}, pci id ${ids} (sub ${sub})`,
    ...device.bars.map(bar => {
      const { index, type, size } = bar;
      const address = device.addressOf(bar) ?? UNASSIGNED;
      const last = BigInt.asUintN(64, address + BigInt(size) - 1n);
      return `bar ${index}: ${type === 'io' ? 'i/o' : 'mem'} at 0x${hex(address)} [0x${hex(last)}]`;
    }),
  ];
}
