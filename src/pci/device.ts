import { attempt } from '../base/disposal.ts';
import { QmpError } from '../base/errors.ts';
import { AddressSpace } from '../memory/address-space.ts';
import { type Alias, MemoryRegion, type RegionKind, WHOLE_SPACE } from '../memory/region.ts';
import { Device } from '../qdev/device.ts';
import type { TypeInfo } from '../qom/type.ts';
import { type Bar, BaseAddresses, defineBar, ROM_BAR } from './base-addresses.ts';
import { PciBus } from './bus.ts';
import { CONFIG, ConfigSpace, HEADER_MULTIFUNCTION } from './config-space.ts';
import { functionDetails } from './details.ts';
import { functionOf, slotOf } from './devfn.ts';
import { type BarPlan, makeRegions, type RegionPlan } from './layout.ts';
import { powerOfTwoAtLeast, romFileSize } from './option-rom.ts';
import {
  addr,
  failoverPairId,
  multifunction,
  PCI_PROPERTIES,
  ROM_SIZE_UNSET,
  rombar,
  romfile,
  romsize,
} from './properties.ts';
import { requesterOf } from './requester.ts';

/** The numbers in a function's configuration header. */
export interface PciIdentity {
  readonly vendor: number;
  readonly device: number;
  /** Base class and subclass. */
  readonly classCode: number;
  /** The byte below them; 0 by default. */
  readonly programmingInterface?: number;
  readonly revision?: number;
  readonly subsystemVendor?: number;
  readonly subsystem?: number;
  /** 0: no interrupt, 1: INTA. */
  readonly interruptPin: number;
}

declare module '../qom/type.ts' {
  interface ClassData {
    readonly pci?: PciIdentity;
    /** A bridge, whose removal at run time QEMU refuses. */
    readonly pciBridge?: boolean;
    /** Base address registers that every device of the type has, with what is behind them. */
    readonly bars?: readonly BarPlan[];
    /** Regions that are behind no base address register. */
    readonly regions?: readonly RegionPlan[];
    /** The option ROM file used unless the user names one. */
    readonly romfile?: string;
    /** What the option ROM's region is called, where that is not the type's name. */
    readonly romLabel?: string;
  }
}

/** Subsystem ids of devices that state none (Red Hat, QEMU virtual machine). */
const DEFAULT_SUBSYSTEM_VENDOR = 0x1af4;
const DEFAULT_SUBSYSTEM = 0x1100;
const COMMAND_BUS_MASTER = 4;
/** QEMU cuts the names of option ROMs. */
const ROM_LABEL_LENGTH = 31;

/** One PCI function. Subclasses say what is behind it in `onPciRealize`. */
export class PciDevice extends Device {
  readonly #bars: Bar[] = [];
  readonly #addresses = new BaseAddresses();
  #busMaster: MemoryRegion | undefined;
  #regions: MemoryRegion[] = [];
  #config: ConfigSpace | undefined;

  /** Slot and function; -1 until one is assigned. */
  get devfn(): number {
    return this.value(addr);
  }

  get slot(): number {
    return slotOf(this.devfn);
  }

  get functionNumber(): number {
    return functionOf(this.devfn);
  }

  get bus(): PciBus {
    const bus = this.parentBus;
    if (!(bus instanceof PciBus)) throw new Error(`${this.type.name} is not on a PCI bus`);
    return bus;
  }

  get identity(): PciIdentity {
    const identity = this.type.class.pci;
    if (identity === undefined) throw new Error(`${this.type.name} states no PCI ids`);
    return identity;
  }

  get subsystemVendor(): number {
    return this.identity.subsystemVendor ?? DEFAULT_SUBSYSTEM_VENDOR;
  }

  get subsystem(): number {
    return this.identity.subsystem ?? DEFAULT_SUBSYSTEM;
  }

  get isBridge(): boolean {
    return this.type.class.pciBridge ?? false;
  }

  /** Configuration registers, made when somebody looks. */
  get config(): ConfigSpace {
    if (this.#config === undefined) {
      const {
        vendor,
        device,
        classCode,
        programmingInterface = 0,
        revision = 0,
        interruptPin,
      } = this.identity;
      const config = new ConfigSpace();
      config.define(CONFIG.vendor, 2, vendor);
      config.define(CONFIG.device, 2, device);
      config.define(CONFIG.revision, 1, revision);
      config.define(CONFIG.programmingInterface, 1, programmingInterface);
      config.define(CONFIG.classCode, 2, classCode);
      config.define(CONFIG.headerType, 1, this.value(multifunction) ? HEADER_MULTIFUNCTION : 0);
      config.define(CONFIG.subsystemVendor, 2, this.subsystemVendor);
      config.define(CONFIG.subsystem, 2, this.subsystem);
      config.define(CONFIG.interruptPin, 1, interruptPin);
      for (const bar of this.#bars) defineBar(config, bar);
      this.defineConfig(config);
      this.#config = config;
    }
    return this.#config;
  }

  /** What firmware or operating system writes. @param size bytes, 1 to 4 */
  writeConfig(offset: number, size: number, value: number): void {
    this.config.write(offset, size, value);
    if (offset < CONFIG.capabilities) this.#followRegisters();
    this.configWritten(offset, size);
  }

  /** Adds the registers of this kind of device. */
  protected defineConfig(_config: ConfigSpace): void {}

  /** The registers from `offset` on were written. */
  protected configWritten(_offset: number, _size: number): void {}

  /** What base address and command registers say takes effect. */
  #followRegisters(): void {
    this.#addresses.update(this.config, this.bus, this.#bars);
    const isMaster = (this.config.read(CONFIG.command, 2) & COMMAND_BUS_MASTER) !== 0;
    if (this.#busMaster !== undefined) this.#busMaster.enabled = isMaster;
  }

  override onReset(): void {
    this.#config = undefined;
    this.#addresses.clear(this.#bars);
    if (this.#busMaster !== undefined) this.#busMaster.enabled = false;
  }

  /** BARs in use, ascending. */
  get bars(): readonly Bar[] {
    return this.#bars;
  }

  /** Where what is behind a base address register is seen on the bus; undefined if it is not. */
  addressOf(bar: Bar): bigint | undefined {
    return this.#addresses.addressOf(bar);
  }

  /** Through which this function does DMA: the address space of the host bridge above, or of the function's own. */
  get dmaSpace(): AddressSpace {
    const { iommu, dmaSpace, busName } = this.bus.root;
    const space = iommu?.spaceFor(requesterOf(this.bus, this.devfn)) ?? dmaSpace;
    if (space === undefined) throw new Error(`${busName} has no DMA address space`);
    return space;
  }

  override get details(): readonly string[] {
    return this.realized ? functionDetails(this) : [];
  }

  protected override onRealize(): void {
    attempt(undo => {
      const size = this.value(romsize);
      if (size !== ROM_SIZE_UNSET && (size === 0 || (size & (size - 1)) !== 0)) {
        throw new QmpError(`ROM size ${size} is not a power of two`);
      }
      this.#takeSlot();
      undo.push(() => this.#leaveSlot());
      const container = this.region('bus master container', WHOLE_SPACE);
      new AddressSpace(this.type.name, container);
      // An IOMMU may come later on the command line than the devices that it is for.
      this.system.whenComplete(() => this.#connectBusMaster(container));
      this.#layOut();
      this.onPciRealize();
      undo.push(() => this.onPciUnrealize());
      if (this.value(failoverPairId) !== undefined && !this.bus.isExpress) {
        throw new QmpError('failover primary device must be on PCIExpress bus');
      }
      this.#addOptionRom();
    });
  }

  protected override onUnrealize(): void {
    this.onPciUnrealize();
    this.#leaveSlot();
  }

  /** Brings up what is behind the function; undoes its own steps when it throws. */
  protected onPciRealize(): void {}
  protected onPciUnrealize(): void {}

  /** A region of this device, gone with it. */
  protected region(label: string, size: bigint, kind: RegionKind = 'container', alias?: Alias): MemoryRegion {
    const region = new MemoryRegion(this, label, size, kind, alias);
    this.#regions.push(region);
    return region;
  }

  /** A region, and what is in it, of this device. */
  protected regions(plan: RegionPlan): MemoryRegion {
    return makeRegions(this, plan, region => this.#regions.push(region));
  }

  protected addBar(bar: Bar): void {
    this.#bars.push(bar);
    this.#bars.sort((a, b) => a.index - b.index);
    if (this.#config !== undefined) defineBar(this.#config, bar);
  }

  /** A base address register together with its region. */
  protected plannedBar({ index, type, region, prefetch, is64 }: BarPlan): MemoryRegion {
    const made = this.regions(region);
    this.addBar({ index, type, size: Number(region.size), prefetch, is64, region: made });
    return made;
  }

  /** What the type says about its devices' registers. */
  #layOut(): void {
    for (const bar of this.type.class.bars ?? []) this.plannedBar(bar);
    for (const region of this.type.class.regions ?? []) this.regions(region);
  }

  #connectBusMaster(container: MemoryRegion): void {
    if (this.parentBus === undefined || !this.#regions.includes(container)) return;
    const target = this.dmaSpace.root;
    const master = this.region('bus master', WHOLE_SPACE, 'container', { target, offset: 0n });
    master.enabled = false;
    container.addSubregion(0n, master);
    this.#busMaster = master;
  }

  #takeSlot(): void {
    const bus = this.bus;
    let devfn = this.devfn;
    if (devfn < 0) {
      const free = bus.freeSlot();
      if (free === undefined) {
        throw new QmpError(`PCI: no slot/function available for ${this.type.name}, all in use or reserved`);
      }
      devfn = free;
    } else {
      const occupant = bus.at(devfn);
      const place = `slot ${slotOf(devfn)} function ${functionOf(devfn)}`;
      if (occupant !== undefined) {
        const { name } = occupant.type;
        throw new QmpError(
          `PCI: ${place} not available for ${this.type.name}, in use by ${name},id=${occupant.id ?? '(null)'}`,
        );
      }
      const first = bus.revealing(devfn);
      if (this.hotplugged && first !== undefined) {
        throw new QmpError(
          `PCI: slot ${first.slot} function 0 already occupied by ${first.type.name}, new func ${this.type.name} cannot be exposed to guest.`,
        );
      }
    }
    this.#checkMultifunction(bus, devfn);
    this.setValue(addr, devfn);
    bus.occupy(devfn, this);
  }

  /** Functions of one slot must agree on whether there are several (PCI Local Bus 3.0, 6.2.1, header type). */
  #checkMultifunction(bus: PciBus, devfn: number): void {
    const slot = slotOf(devfn).toString(16);
    const fn = functionOf(devfn);
    if (fn !== 0) {
      const first = bus.functionZero(devfn);
      if (first !== undefined && !first.value(multifunction)) {
        throw new QmpError(`PCI: single function device can't be populated in function ${slot}.${fn}`);
      }
      return;
    }
    if (this.value(multifunction)) return;
    for (let other = 1; other < 8; other++) {
      if (bus.at(devfn + other) !== undefined) {
        throw new QmpError(
          `PCI: ${slot}.0 indicates single function, but ${slot}.${other} is already populated.`,
        );
      }
    }
  }

  #leaveSlot(): void {
    this.bus.occupy(this.devfn, undefined);
    this.#addresses.clear(this.#bars);
    for (const region of this.#regions) region.destroy();
    this.#regions = [];
    this.#busMaster = undefined;
    this.#bars.length = 0;
  }

  #addOptionRom(): void {
    const file = this.value(romfile) ?? this.type.class.romfile;
    if (file === undefined || file === '') return;
    if (this.value(rombar) === 0) {
      if (this.hotplugged) throw new QmpError("Hot-plugged device without ROM bar can't have an option ROM");
      return;
    }
    const bytes = romFileSize(file);
    if (bytes === undefined) throw new QmpError(`failed to find romfile "${file}"`);
    if (bytes === 0) throw new QmpError(`romfile "${file}" is empty`);
    const wanted = this.value(romsize);
    if (wanted !== ROM_SIZE_UNSET && bytes > wanted) {
      throw new QmpError(`romfile "${file}" (${bytes} bytes) is too large for ROM size ${wanted}`);
    }
    const size = wanted === ROM_SIZE_UNSET ? powerOfTwoAtLeast(bytes) : wanted;
    this.setValue(romfile, file);
    this.setValue(romsize, size);
    const label = `${this.type.class.romLabel ?? this.type.name}.rom`.slice(0, ROM_LABEL_LENGTH);
    const region = this.region(label, BigInt(size), 'rom');
    this.addBar({ index: ROM_BAR, type: 'memory', size, region });
  }
}

export const PCI_DEVICE_TYPE: TypeInfo = {
  name: 'pci-device',
  parent: 'device',
  abstract: true,
  properties: PCI_PROPERTIES,
  create: type => new PciDevice(type),
  class: { busType: 'PCI' },
};
