import { PciBus } from '../pci/bus.ts';
import { defaultBusName } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { bool, size, uint32 } from '../qdev/properties.ts';
import type { QomObject } from '../qom/object.ts';
import type { Property } from '../qom/property.ts';
import { applyGlobals, type QomType } from '../qom/type.ts';
import { IoApic } from './io-apic.ts';
import type { PcMachine } from './machine.ts';
import { bypassIommuByDefault } from './machine-properties.ts';
import { PciConfigPorts } from './pci-config-ports.ts';
import { FOUR_GIB } from './ram-split.ts';

const IO_APIC_ADDRESS = 0xfec00000n;
const GIB = 1n << 30n;

/** Where registers of PCI devices may lie below 4 GiB ends: there the I/O APIC begins. */
const HOLE_END = Number(IO_APIC_ADDRESS);

export const hole64Size = (initial: bigint) => size('pci-hole64-size', initial);
export const shortRootBus = uint32('short_root_bus', 0);
export const bypassIommu = bool('bypass-iommu', false);
/** Whether the upper hole is told of also where firmware put nothing there. */
export const fixesHole64 = bool('x-pci-hole64-fix', true);

/** The processor's side of a PC's PCI: a bus, and the ports of its configuration registers. */
export abstract class PcHostBridge extends Device {
  #bus: PciBus | undefined;
  readonly #ports = new PciConfigPorts(this);

  constructor(
    type: QomType,
    protected readonly machine: PcMachine,
    private readonly root: { readonly type: 'PCI' | 'PCIE'; readonly name?: string },
  ) {
    super(type);
    this.setValue(bypassIommu, machine.value(bypassIommuByDefault));
  }

  get bus(): PciBus {
    if (this.#bus === undefined) throw new Error('host bridge is not realized');
    return this.#bus;
  }

  /** Bytes that 64-bit registers of devices may take above all memory. */
  abstract get hole64(): bigint;

  /** First and last address but one of the two holes for registers of devices. */
  get holes(): {
    readonly start: number;
    readonly end: number;
    readonly start64: bigint;
    readonly end64: bigint;
  } {
    const { below4G, above4G } = this.machine.ramSplit;
    if (!this.value(fixesHole64)) return { start: Number(below4G), end: HOLE_END, start64: 0n, end64: 0n };
    const { region } = this.machine.memoryDevices;
    const end = region === undefined ? FOUR_GIB + above4G : region.address + region.size;
    const start64 = roundUp(end, GIB);
    return {
      start: Number(below4G),
      end: HOLE_END,
      start64,
      end64: start64 + this.hole64,
    };
  }

  protected override onRealize(): void {
    const { type, name = defaultBusName(this, type) } = this.root;
    const bus = new PciBus(this.type.registry.require(type), name, this);
    bus.dmaSpace = this.machine.memorySpace;
    bus.memory = this.machine.pciMemory;
    bus.ports = this.machine.portMemory;
    bus.bypassesIommu = this.value(bypassIommu);
    bus.slotInterrupt = ({ bus: { number }, devfn }, { id }) =>
      this.machine.notifyGuest({ kind: 'slot', port: { bus: number, devfn }, device: id });
    this.#bus = bus;
    this.#ports.connect(bus, this.machine.portMemory);
  }

  /** The interrupt controller of the PCI bus. */
  addIoApic(): void {
    const ioApic = this.addChild('ioapic', applyGlobals(new IoApic(this.type.registry.require('ioapic'))));
    ioApic.realize(this.machine.system.mainBus);
    this.machine.systemMemory.addSubregion(IO_APIC_ADDRESS, ioApic.registers);
  }

  override onReset(): void {
    this.#ports.reset();
  }
}

function roundUp(value: bigint, unit: bigint): bigint {
  return ((value + unit - 1n) / unit) * unit;
}

function onBridge<T>(read: (bridge: PcHostBridge) => T, none: T): (object: QomObject) => T {
  return object => (object instanceof PcHostBridge && object.realized ? read(object) : none);
}

/** What both kinds of host bridge tell about their holes. */
export const HOLE_PROPERTIES: readonly Property[] = [
  { name: 'pci-hole-start', type: 'uint32', get: onBridge(bridge => bridge.holes.start, 0) },
  { name: 'pci-hole-end', type: 'uint32', get: onBridge(bridge => bridge.holes.end, 0) },
  { name: 'pci-hole64-start', type: 'uint64', get: onBridge(bridge => bridge.holes.start64, 0n) },
  { name: 'pci-hole64-end', type: 'uint64', get: onBridge(bridge => bridge.holes.end64, 0n) },
];
