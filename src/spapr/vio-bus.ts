import { attempt } from '../base/disposal.ts';
import { QmpError } from '../base/errors.ts';
import { AddressSpace } from '../memory/address-space.ts';
import { MemoryRegion } from '../memory/region.ts';
import { drive } from '../qdev/backend-properties.ts';
import { Bus } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import type { SpaprMachine } from './machine.ts';
import { TceTable, type TceWindow } from './tce-table.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    readonly vio?: {
      /** What the guest calls such a device, before the `@` and its unit address. */
      readonly node: string;
      /** Bytes of its DMA window; absent for devices that do no DMA. */
      readonly dmaWindow?: bigint;
    };
  }
}

const UNSET = 0xffffffff;
/** Unit addresses given by the machine begin here, … */
const FIRST_REG = 0x71000000;
/** … those that libvirt gives to consoles here. */
const FIRST_CONSOLE_REG = 0x30000000;
/** The first of the 256 interrupt sources that virtual devices share. */
const FIRST_IRQ = 0x1100;
const PAGE_SHIFT = 12;
const NVRAM_MIN = 8192n;
const NVRAM_MAX = 1048576n;
const BYPASS_PRIORITY = 1;
const TABLE_PRIORITY = 2;

/** Unit address, which is also the LIOBN of the device's DMA window. */
export const reg = uint32('reg', UNSET);

/** The interrupt source of a unit address: addresses of all three kinds of origin rarely meet. */
function irqOf(unit: number): number {
  if (unit >= FIRST_REG) return FIRST_IRQ | (unit & 0xff);
  const number = unit >>> PAGE_SHIFT;
  return FIRST_IRQ | (unit >= FIRST_CONSOLE_REG ? 0xf0 | (number & 0xf) : number & 0xff);
}

/** The bus of virtual devices. They are there from the start or never. */
export class VioBus extends Bus {
  constructor(
    bridge: Device,
    readonly machine: SpaprMachine,
  ) {
    super(bridge.type.registry.require('spapr-vio-bus'), 'spapr-vio', bridge);
  }

  /** @throws QmpError if the unit address, or the interrupt source that belongs to it, is another's */
  checkUnit(device: VioDevice): void {
    const others = this.#others(device);
    const unit = device.unit;
    const occupant = others.find(other => other.unit === unit);
    if (occupant !== undefined) {
      throw new QmpError(
        `${device.type.name} and ${occupant.type.name} devices conflict at address 0x${unit.toString(16)}`,
      );
    }
    const irq = irqOf(unit);
    if (others.some(other => irqOf(other.unit) === irq)) throw new QmpError(`IRQ ${irq} is not free`);
  }

  /** The lowest unit address from the machine's own range that no device has. */
  freeUnit(device: VioDevice): number {
    const taken = new Set(this.#others(device).map(other => other.unit));
    let unit = FIRST_REG;
    while (taken.has(unit)) unit++;
    return unit;
  }

  #others(device: VioDevice): readonly VioDevice[] {
    return this.devices.filter(
      (other): other is VioDevice => other instanceof VioDevice && other !== device && other.realized,
    );
  }
}

/** A virtual device of the hypervisor (PAPR 2.7, chapter 17). */
export class VioDevice extends Device {
  #table: TceTable | undefined;

  get unit(): number {
    return this.value(reg);
  }

  /** The table of its DMA window, if it does DMA. */
  get tceTable(): TceTable | undefined {
    return this.#table;
  }

  protected override onRealize(): void {
    const bus = this.parentBus;
    const { vio } = this.type.class;
    if (!(bus instanceof VioBus) || vio === undefined)
      throw new Error(`${this.type.name} is not a VIO device`);
    if (this.unit === UNSET) this.setValue(reg, bus.freeUnit(this));
    attempt(undo => {
      bus.checkUnit(this);
      this.id ??= `${vio.node}@${this.unit.toString(16)}`;
      if (vio.dmaWindow !== undefined) {
        const space = this.#addDmaSpace(this.id, bus.machine);
        undo.push(() => space.destroy());
      }
      this.onVioRealize();
      this.#openWindow();
    });
  }

  protected onVioRealize(): void {}

  /** What the device reaches by DMA: its own window, or, were its guest to ask for that, all memory. */
  #addDmaSpace(name: string, { systemMemory: target, system, kvm }: SpaprMachine): AddressSpace {
    const root = new MemoryRegion(this, 'iommu-spapr-root', system.ramSize);
    const bypass = new MemoryRegion(this, 'iommu-spapr-bypass', system.ramSize, 'container', {
      target,
      offset: 0n,
    });
    bypass.enabled = false;
    root.addSubregion(0n, bypass, BYPASS_PRIORITY);
    this.#table = new TceTable(this, this.unit, kvm);
    this.#table.realize();
    root.addSubregion(0n, this.#table.root, TABLE_PRIORITY);
    return new AddressSpace(name, root);
  }

  /** Opens the window, or empties it. */
  #openWindow(): void {
    const { dmaWindow } = this.type.class.vio ?? {};
    if (dmaWindow === undefined) return;
    const window: TceWindow = {
      pageShift: PAGE_SHIFT,
      busOffset: 0n,
      entries: Number(dmaWindow >> BigInt(PAGE_SHIFT)),
    };
    this.#table?.enable(window);
  }

  override onReset(): void {
    this.#openWindow();
  }
}

/** The non-volatile memory that every machine has, in a drive if it is to outlast the machine. */
class VirtualNvram extends VioDevice {
  protected override onVioRealize(): void {
    const medium = this.value(drive);
    if (medium === undefined) return;
    medium.open({ write: true, shareWrites: true, shareResize: true });
    if (medium.size < NVRAM_MIN || medium.size > NVRAM_MAX)
      throw new QmpError(`spapr-nvram must be between ${NVRAM_MIN} and ${NVRAM_MAX} bytes in size`);
  }
}

/** What a machine has from the start. */
export const VIO_BASE_TYPES: readonly TypeInfo[] = [
  { name: 'spapr-vio-bus', parent: 'bus' },
  {
    name: 'spapr-vio-bridge',
    parent: 'sys-bus-device',
    create: type => new Device(type),
    class: { userCreatable: false },
  },
  { name: 'vio-spapr-device', parent: 'device', abstract: true, class: { busType: 'spapr-vio-bus' } },
  {
    name: 'spapr-nvram',
    parent: 'vio-spapr-device',
    properties: [reg, drive],
    create: type => new VirtualNvram(type),
    class: { category: 'misc', userCreatable: false, media: 'silent', vio: { node: 'nvram' } },
  },
];

/** Adds the bridge that virtual devices are behind, with its bus. */
export function addVioBus(machine: SpaprMachine): VioBus {
  const bridge = new Device(machine.type.registry.require('spapr-vio-bridge'));
  machine.addPlatformDevice(bridge);
  return new VioBus(bridge, machine);
}
