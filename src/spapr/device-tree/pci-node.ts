import { type Bar, barRegister } from '../../pci/base-addresses.ts';
import type { PciBus } from '../../pci/bus.ts';
import { CONFIG } from '../../pci/config-space.ts';
import type { PciDevice } from '../../pci/device.ts';
import { PciBridge } from '../../pci/pci-bridge.ts';
import { VfioPciDevice } from '../../vfio/pci-device.ts';
import type { SpaprMachine } from '../machine.ts';
import type { SpaprPhb } from '../phb.ts';
import { connectorProperties } from './connectors.ts';
import { cells, type DeviceTreeNode, nothing, type PropertyValue, text } from './node.ts';
import { nameOfClass } from './pci-names.ts';

/** Registers beyond those that everybody needs (PCI Local Bus 3.0, 6.1). */
const CACHE_LINE_SIZE = 0x0c;
const MIN_GRANT = 0x3e;
const MAX_LATENCY = 0x3f;

const STATUS_66_MHZ = 1 << 5;
const STATUS_FAST_BACK = 1 << 7;
const STATUS_DEVSEL = 3 << 9;

/** Kinds of addresses (PCI Bus Binding 2.1, 2.2.1.1). */
const IO_SPACE = 0x01000000;
const MEMORY_SPACE = 0x02000000;
const MEMORY_SPACE_64 = 0x03000000;

/** Where a function is: the part of its addresses that all share. */
function placeOf({ bus, devfn }: PciDevice): number {
  return (bus.number << 16) | (devfn << 8);
}

/** A PCI function, with those behind it if it is a bridge (PAPR 2.7, B.6.6.2). */
export function pciNode(machine: SpaprMachine, phb: SpaprPhb, device: PciDevice): DeviceTreeNode {
  const { config, slot, functionNumber } = device;
  const register = (offset: number, size = 1): PropertyValue => cells(config.read(offset, size));
  const interface_ = config.read(CONFIG.programmingInterface, 1);
  const classCode = config.read(CONFIG.classCode, 2);
  const status = config.read(CONFIG.status, 2);
  const pin = config.read(CONFIG.interruptPin, 1);
  const bridge = device instanceof PciBridge ? device : undefined;
  const when = (condition: boolean, ...properties: readonly (readonly [string, PropertyValue])[]) =>
    condition ? properties : [];
  // Bridges have other registers there.
  const [subsystemVendor, subsystem] =
    bridge === undefined
      ? [config.read(CONFIG.subsystemVendor, 2), config.read(CONFIG.subsystem, 2)]
      : [0, 0];
  const connector = phb.hotplug.connectorOf(device);
  const unit = functionNumber === 0 ? slot.toString(16) : `${slot.toString(16)},${functionNumber}`;
  return {
    name: `${nameOfClass(classCode, interface_)}@${unit}`,
    properties: [
      ...(bridge === undefined
        ? ([
            ['max-latency', register(MAX_LATENCY)],
            ['min-grant', register(MIN_GRANT)],
          ] as const)
        : ([
            ...connectorProperties(machine, bridge),
            ['#size-cells', cells(2)],
            ['#address-cells', cells(3)],
          ] as const)),
      ['reg', cells(...addresses(device))],
      ...(connector === undefined ? [] : [['ibm,my-drc-index', cells(connector.index)] as const]),
      ['ibm,loc-code', text(locationCode(phb, device))],
      ...when((status & STATUS_66_MHZ) !== 0, ['66mhz-capable', nothing]),
      ...when((status & STATUS_FAST_BACK) !== 0, ['fast-back-to-back', nothing]),
      // As the register has it, not moved down.
      ['devsel-speed', cells(status & STATUS_DEVSEL)],
      ['cache-line-size', register(CACHE_LINE_SIZE)],
      ...when(subsystemVendor !== 0, ['subsystem-vendor-id', cells(subsystemVendor)]),
      ...when(subsystem !== 0, ['subsystem-id', cells(subsystem)]),
      ...when(pin !== 0, ['interrupts', cells(pin)]),
      ['class-code', cells((classCode << 8) | interface_)],
      ['revision-id', register(CONFIG.revision)],
      ['device-id', register(CONFIG.device, 2)],
      ['vendor-id', register(CONFIG.vendor, 2)],
    ],
    children: bridge === undefined ? [] : functionNodes(machine, phb, bridge.secondaryBus),
  };
}

/** The functions on a bus. */
export function functionNodes(machine: SpaprMachine, phb: SpaprPhb, bus: PciBus): readonly DeviceTreeNode[] {
  return [...bus.functions].map(device => pciNode(machine, phb, device));
}

/** Address and size, five cells, of the configuration registers, and of what is behind each base address register. */
function addresses(device: PciDevice): readonly number[] {
  const place = placeOf(device);
  const ofBar = (bar: Bar) => {
    const { type, size, is64 = false } = bar;
    const space = type === 'io' ? IO_SPACE : is64 ? MEMORY_SPACE_64 : MEMORY_SPACE;
    return [space | place | barRegister(bar), 0, 0, Math.floor(size / 2 ** 32), size % 2 ** 32];
  };
  return [place, 0, 0, 0, 0, ...device.bars.flatMap(ofBar)];
}

function locationCode(phb: SpaprPhb, device: PciDevice): string {
  const digits = (value: number, length: number) => value.toString(16).padStart(length, '0');
  const { bus, slot, functionNumber, type } = device;
  const owner = device instanceof VfioPciDevice ? 'vfio' : 'qemu';
  const place = `${digits(phb.index, 4)}:${digits(bus.number, 2)}:${digits(slot, 2)}.${functionNumber}`;
  return `${owner}_${type.name}:${place}`;
}
