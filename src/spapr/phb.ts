import { attempt } from '../base/disposal.ts';
import { QmpError } from '../base/errors.ts';
import { AddressSpace } from '../memory/address-space.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import { PciBus } from '../pci/bus.ts';
import type { PciDevice } from '../pci/device.ts';
import { PciBridge } from '../pci/pci-bridge.ts';
import { multifunction } from '../pci/properties.ts';
import { defaultBusName } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { bool } from '../qdev/properties.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { VfioEeh } from '../vfio/eeh.ts';
import type { SpaprMachine } from './machine.ts';
import { PciHotplug } from './pci-hotplug.ts';
import { MMIO32_SIZE, PIO_SIZE } from './phb-placement.ts';
import {
  atsd,
  ddw,
  dma64WinAddr,
  dmaWinAddr,
  dmaWinSize,
  dynamicReconfiguration,
  gpa,
  INDEX_UNSET,
  index,
  ioWinSize,
  mem64WinSize,
  memWinSize,
  NUMA_UNSET,
  numaNode,
  pageSizes,
} from './phb-properties.ts';
import { TceTable, type TceWindow } from './tce-table.ts';

export const PHB_TYPE = 'spapr-pci-host-bridge';

const BUID_BASE = 0x800000020000000n;
/** Where the 32-bit window begins on the PCI side. */
const MMIO32_PCI_BASE = 0x80000000n;
/** DMA windows a bridge can have: the default one and one made by the guest. */
export const MAX_DMA_WINDOWS = 2;
const DEFAULT_WINDOW_SHIFT = 12;
/** What a table's number of entries can hold: 32 bits. */
const MAX_ENTRIES = 0xffffffffn;
const MSI_WINDOW = 0x40000000000n;
const MSI_WINDOW_SIZE = 0x1000n;
const NVLINK_GPA_BASE = 1n << 46n;
const NVLINK_GPA_STRIDE = 2n << 40n;
const NVLINK_ATSD_BASE = 1n << 47n;
const NVLINK_ATSD_STRIDE = 0x10000n * 18n;
/** A PAPR PCI host bridge: a PCI bus, its windows for the processor, and its DMA windows with their tables. */
export class SpaprPhb extends Device {
  #bus: PciBus | undefined;
  #dmaSpace: AddressSpace | undefined;
  #tables: TceTable[] = [];
  #hotplug: PciHotplug | undefined;
  #mmio64: { readonly cpu: bigint; readonly pci: bigint } | undefined;

  constructor(
    type: QomType,
    protected readonly machine: SpaprMachine,
  ) {
    super(type);
  }

  get index(): number {
    return this.value(index);
  }

  /** Bus unit id, by which the guest names the bridge. */
  get buid(): bigint {
    return BUID_BASE + BigInt(this.index);
  }

  get bus(): PciBus {
    if (this.#bus === undefined) throw new Error('host bridge is not realized');
    return this.#bus;
  }

  get dmaSpace(): AddressSpace {
    if (this.#dmaSpace === undefined) throw new Error('host bridge is not realized');
    return this.#dmaSpace;
  }

  /** The tables of all windows it can have, open or not. */
  get tceTables(): readonly TceTable[] {
    return this.#tables;
  }

  /** Connectors of the functions below this bridge, buses behind bridges included. */
  get hotplug(): PciHotplug {
    if (this.#hotplug === undefined) throw new Error('host bridge is not realized');
    return this.#hotplug;
  }

  /** LIOBN of a DMA window. */
  static liobn(phbIndex: number, window: number): number {
    return (0x80000000 | (phbIndex << 8) | window) >>> 0;
  }

  /** @throws QmpError if a bridge cannot have this index, in this order as QEMU asks */
  checkIndex(): void {
    const wanted = this.index;
    if (wanted === INDEX_UNSET) throw new QmpError('"index" for PAPR PHB is mandatory');
    if (this.machine.phbAt(wanted) !== undefined) throw new QmpError(`PHB ${wanted} already attached`);
    const { maxIndex } = this.machine.version.placement;
    if (wanted > maxIndex) throw new QmpError(`"index" for PAPR PHB is too large (max ${maxIndex})`);
  }

  protected override onRealize(): void {
    attempt(undo => {
      const mmio64 = this.#settleMmio64();
      this.#mmio64 = mmio64;
      if (this.value(numaNode) !== NUMA_UNSET && this.value(numaNode) >= this.machine.numa.nodeCount) {
        throw new QmpError('Invalid NUMA node ID for PCI host bridge');
      }
      if (this.value(dmaWinSize) >> BigInt(DEFAULT_WINDOW_SHIFT) > MAX_ENTRIES) {
        throw new QmpError(`DMA window of size 0x${this.value(dmaWinSize).toString(16)} is too large`);
      }
      const { hasNvlink } = this.machine.version;
      this.setValue(gpa, hasNvlink ? NVLINK_GPA_BASE + BigInt(this.index) * NVLINK_GPA_STRIDE : 0n);
      this.setValue(atsd, hasNvlink ? NVLINK_ATSD_BASE + BigInt(this.index) * NVLINK_ATSD_STRIDE : 0n);
      undo.push(() => this.#takeDown());
      const name = `pci@${this.buid.toString(16)}`;
      const windows = this.#addProcessorWindows(name, mmio64);
      this.#addDmaSpace(name);
      this.#bus = new PciBus(this.type.registry.require('PCI'), defaultBusName(this, 'pci'), this);
      this.#bus.rootPath = name;
      this.#bus.dmaSpace = this.dmaSpace;
      this.#bus.allowsAddressZero = true;
      this.#bus.memory = windows.mmio;
      this.#bus.ports = windows.io;
      this.#hotplug = new PciHotplug(this, this.machine);
      this.#bus.hotplugHandler = this.#hotplug;
      this.#hotplug.addConnectors(this.#bus, this);
      this.settleDefaultWindow();
      this.machine.addPhb(this);
    });
  }

  protected override onUnrealize(): void {
    this.#takeDown();
  }

  /** Back to how the firmware finds it: one empty default window. */
  override onReset(): void {
    this.resetWindows();
    this.eeh?.reenable();
  }

  /** Error handling of what is assigned below the bridge, where the guest can have it. */
  get eeh(): VfioEeh | undefined {
    return this.machine.version.hasEehEverywhere ? VfioEeh.of(this.machine.vfio, this.dmaSpace) : undefined;
  }

  /** For `PciHotplug`: a function is in service on one of the buses below. */
  functionPlugged(_device: PciDevice): void {}

  /** Whether the bridge is there for assigned devices alone. */
  protected get isForVfio(): boolean {
    return false;
  }

  /** Finds out where the default window lies, where that is not the user's choice. @throws QmpError */
  protected settleDefaultWindow(): void {}

  /** The window that there is after a reset; no entries if the bridge has none. */
  protected get defaultWindow(): TceWindow {
    const entries = Number(this.value(dmaWinSize) >> BigInt(DEFAULT_WINDOW_SHIFT));
    return { pageShift: DEFAULT_WINDOW_SHIFT, busOffset: this.value(dmaWinAddr), entries };
  }

  /** Numbers the buses behind bridges, as the machine does in place of firmware. */
  numberBuses(): void {
    numberBuses(this.bus, 0);
  }

  /** The function at a place below, on a bus that has a number. */
  functionAt(busNumber: number, devfn: number): PciDevice | undefined {
    for (const bus of this.bus.subtree()) if (bus.number === busNumber) return bus.at(devfn);
    return undefined;
  }

  /** The open DMA windows. */
  get windows(): readonly TceTable[] {
    return this.#tables.filter(table => table.enabled);
  }

  /** Back to one empty default window. */
  resetWindows(): void {
    for (const table of this.#tables) table.disable();
    const window = this.defaultWindow;
    if (window.entries > 0) this.#tables[0]?.enable(window);
  }

  /** Opens a window in the next free table: where the default one was if there is none, else high up. */
  openWindow(pageShift: number, entries: number): TceTable | undefined {
    const table = this.#tables.find(each => !each.enabled);
    const busOffset = this.value(this.windows.length === 0 ? dmaWinAddr : dma64WinAddr);
    table?.enable({ pageShift, busOffset, entries });
    return table;
  }

  /** Closes a window. A device is never left without any: after the last one the default window comes back. */
  closeWindow(table: TceTable): void {
    table.disable();
    if (this.windows.length === 0 && table !== this.#tables[0]) this.resetWindows();
  }

  /**
   * A 32-bit window that is too long goes on as the 64-bit window, unless there is one of its own.
   * @returns where the 64-bit window lies
   */
  #settleMmio64(): { readonly cpu: bigint; readonly pci: bigint } {
    const { mmio32, mmio64 } = this.machine.version.placement.windowsOf(this.index);
    const size = this.value(memWinSize);
    if (size <= MMIO32_SIZE) return { cpu: mmio64, pci: mmio64 };
    if (this.value(mem64WinSize) > 0n)
      throw new QmpError(`32-bit memory window of size 0x${size.toString(16)} (max 2 GiB)`);
    this.setValue(mem64WinSize, size - MMIO32_SIZE);
    this.setValue(memWinSize, MMIO32_SIZE);
    return { cpu: mmio32 + MMIO32_SIZE, pci: MMIO32_PCI_BASE + MMIO32_SIZE };
  }

  /** Where the processor sees what on the PCI side, bytes; without a 64-bit window the size of that is 0. */
  get processorWindows(): {
    readonly pio: bigint;
    readonly mmio32: { readonly cpu: bigint; readonly pci: bigint; readonly size: bigint };
    readonly mmio64: { readonly cpu: bigint; readonly pci: bigint; readonly size: bigint };
  } {
    const { pio, mmio32 } = this.machine.version.placement.windowsOf(this.index);
    return {
      pio,
      mmio32: { cpu: mmio32, pci: MMIO32_PCI_BASE, size: this.value(memWinSize) },
      mmio64: { cpu: 0n, pci: 0n, ...this.#mmio64, size: this.value(mem64WinSize) },
    };
  }

  #addProcessorWindows(name: string, mmio64: { readonly cpu: bigint; readonly pci: bigint }) {
    const { pio, mmio32 } = this.machine.version.placement.windowsOf(this.index);
    const mmio = new MemoryRegion(this, `${name}.mmio`, WHOLE_SPACE);
    const io = new MemoryRegion(this, `${name}.io`, PIO_SIZE);
    const window = (suffix: string, target: MemoryRegion, offset: bigint, size: bigint, at: bigint) => {
      const alias = new MemoryRegion(this, `${name}.${suffix}`, size, 'container', { target, offset });
      this.machine.systemMemory.addSubregion(at, alias);
    };
    window('mmio32-alias', mmio, MMIO32_PCI_BASE, this.value(memWinSize), mmio32);
    const size64 = this.value(mem64WinSize);
    if (size64 > 0n) window('mmio64-alias', mmio, mmio64.pci, size64, mmio64.cpu);
    window('io-alias', io, 0n, PIO_SIZE, pio);
    return { mmio, io };
  }

  #addDmaSpace(name: string): void {
    const root = new MemoryRegion(this, `${name}.iommu-root`, WHOLE_SPACE);
    this.#dmaSpace = new AddressSpace(name, root);
    root.addSubregion(MSI_WINDOW, new MemoryRegion(this, 'msi', MSI_WINDOW_SIZE, 'io'));
    // Without dynamic windows a guest makes none of its own.
    const windows = this.value(ddw) ? MAX_DMA_WINDOWS : 1;
    for (let window = 0; window < windows; window++) {
      const table = new TceTable(this, SpaprPhb.liobn(this.index, window), this.machine.kvm, this.isForVfio);
      table.realize();
      root.addSubregion(0n, table.root);
      this.#tables.push(table);
    }
  }

  #takeDown(): void {
    this.machine.removePhb(this);
    this.#hotplug?.removeConnectors();
    this.#hotplug = undefined;
    for (const bus of this.childBuses.splice(0)) bus.unparent();
    this.#bus = undefined;
    for (const table of this.#tables.splice(0)) table.remove();
    this.#dmaSpace?.destroy();
    this.#dmaSpace = undefined;
    for (const child of [...this.children.values()]) if (child instanceof MemoryRegion) child.destroy();
  }
}

/**
 * QEMU takes a bridge that is one of several functions for something else, and leaves it out.
 * @param last the highest number in use @returns the highest number in use afterwards
 */
function numberBuses(bus: PciBus, last: number): number {
  let highest = last;
  for (const device of bus.functions) {
    if (!(device instanceof PciBridge) || device.value(multifunction)) continue;
    const numbers = { primary: bus.number, secondary: ++highest };
    // While looking behind it, the bridge lets everything pass.
    device.numberBuses({ ...numbers, subordinate: 0xff });
    highest = numberBuses(device.secondaryBus, highest);
    device.numberBuses({ ...numbers, subordinate: highest });
  }
  return highest;
}

const PHB_PROPERTIES = [
  index,
  memWinSize,
  mem64WinSize,
  ioWinSize,
  dynamicReconfiguration,
  dmaWinAddr,
  dmaWinSize,
  dma64WinAddr,
  ddw,
  pageSizes,
  numaNode,
  bool('pre-2.8-migration', false),
  bool('pcie-extended-configuration-space', true),
  gpa,
  atsd,
  bool('pre-5.1-associativity', false),
] as const;

/** @param machine the machine that the bridges become part of */
export function phbTypes(machine: SpaprMachine): readonly TypeInfo[] {
  return [
    {
      name: 'pci-host-bridge',
      parent: 'sys-bus-device',
      abstract: true,
      properties: [bool('x-config-reg-migration-enabled', true), bool('bypass-iommu', false)],
      class: { category: 'bridge' },
    },
    {
      name: PHB_TYPE,
      parent: 'pci-host-bridge',
      interfaces: ['hotplug-handler'],
      properties: PHB_PROPERTIES,
      create: type => new SpaprPhb(type, machine),
    },
  ];
}
