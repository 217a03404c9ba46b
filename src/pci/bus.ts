import type { AddressSpace } from '../memory/address-space.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { Bus } from '../qdev/bus.ts';
import type { Device } from '../qdev/device.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { DEVFN_COUNT, devfnOf, formatDevfn, slotOf } from './devfn.ts';
import type { PciDevice } from './device.ts';
import type { PciIommu } from './requester.ts';

/** A PCI bus: 32 slots of 8 functions, below a host bridge or a PCI-to-PCI bridge. */
export class PciBus extends Bus {
  readonly #functions: (PciDevice | undefined)[] = new Array(DEVFN_COUNT).fill(undefined);
  /** As configuration cycles address it; 0 is the bus of the host bridge, and buses not numbered yet. */
  number = 0;
  /** Where memory and ports of devices appear; set on buses in service. */
  memory: MemoryRegion | undefined;
  ports: MemoryRegion | undefined;
  /** Whether base address registers may say 0; of root buses. */
  allowsAddressZero = false;
  /** The address space in which devices below a host bridge do DMA; set on root buses. */
  dmaSpace: AddressSpace | undefined;
  /** Translates what devices below a host bridge do, if anything does; set on root buses. */
  iommu: PciIommu | undefined;
  /** Whether devices below a host bridge do DMA without an IOMMU, whatever there is. */
  bypassesIommu = false;
  /** Takes the interrupts by which ports below tell of hotplug; set on root buses of machines that have such. */
  slotInterrupt: ((port: PciDevice, cause: PciDevice) => void) | undefined;

  /** How places on a root bus begin. */
  rootPath = '0000:00';

  constructor(
    type: QomType,
    name: string,
    owner: Device,
    /** The bus above, for a bus behind a bridge. */
    readonly parentBus: PciBus | undefined = undefined,
  ) {
    super(type, name, owner);
  }

  get root(): PciBus {
    return this.parentBus === undefined ? this : this.parentBus.root;
  }

  override devicePath(device: Device): string {
    const above = this.parentBus === undefined ? this.rootPath : this.owner?.devicePath;
    return `${above}:${formatDevfn(this.#functions.indexOf(device as PciDevice))}`;
  }

  get isExpress(): boolean {
    return this.type.isA('PCIE');
  }

  at(devfn: number): PciDevice | undefined {
    return this.#functions[devfn];
  }

  /** The function 0 that shares a slot with `devfn`. */
  functionZero(devfn: number): PciDevice | undefined {
    return this.#functions[devfnOf(slotOf(devfn), 0)];
  }

  /**
   * The function whose arrival shows the others of its slot to the guest. Behind a port there is one slot only
   * (PCI Express 4.0, 7.3.1).
   */
  revealing(devfn: number): PciDevice | undefined {
    return this.owner?.type.isA('pcie-slot') === true ? this.at(0) : this.functionZero(devfn);
  }

  /** Devices by slot and function, ascending. */
  get functions(): readonly PciDevice[] {
    return this.#functions.filter(device => device !== undefined);
  }

  /** For `PciDevice`. */
  occupy(devfn: number, device: PciDevice | undefined): void {
    this.#functions[devfn] = device;
  }

  /** The first slot with nothing in it, as a devfn; undefined if the bus is full. */
  freeSlot(): number | undefined {
    for (let devfn = 0; devfn < DEVFN_COUNT; devfn += 8)
      if (this.#functions[devfn] === undefined) return devfn;
    return undefined;
  }

  /** This bus and every bus below it. */
  *subtree(): Generator<PciBus> {
    yield this;
    for (const device of this.functions) {
      for (const child of device.childBuses) if (child instanceof PciBus) yield* child.subtree();
    }
  }
}

export const PCI_BUS_TYPES: readonly TypeInfo[] = [
  { name: 'PCI', parent: 'bus' },
  { name: 'PCIE', parent: 'PCI' },
];
