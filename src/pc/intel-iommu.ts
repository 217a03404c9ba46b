import { QmpError } from '../base/errors.ts';
import type { DmaContextEntry, DmaPage, DmaRemapping, PciPlace } from '../guest/platform.ts';
import type { AddressSpace } from '../memory/address-space.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import type { PciBus } from '../pci/bus.ts';
import { type PciIommu, type Requester, requesterOf } from '../pci/requester.ts';
import { Device, mmioDetail } from '../qdev/device.ts';
import { bool, onOffAuto, uint8, uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { PcMachine } from './machine.ts';
import { SecondLevelTable } from './second-level-table.ts';
import { type DmaContext, INTERRUPTS_SIZE, INTERRUPTS_START, VtdAddressSpace } from './vtd-address-space.ts';

const REGISTERS_ADDRESS = 0xfed90000n;
const REGISTERS_SIZE = 0x230n;
const INTERRUPT_PRIORITY = 1;
const ADDRESS_BITS: readonly number[] = [39, 48];
const LAST = WHOLE_SPACE - 1n;

const interruptRemapping = onOffAuto('intremap', 'auto');
const deviceIotlb = bool('device-iotlb', false);
const passThrough = bool('pt', true);
const extendedInterrupts = onOffAuto('eim', 'auto');
const buggyExtendedInterrupts = bool('x-buggy-eim', false);
const addressBits = uint8('aw-bits', 39);
const cachingMode = bool('caching-mode', false);
const scalableMode = bool('x-scalable-mode', false);
const snoopControl = bool('snoop-control', false);
const pasidMode = bool('x-pasid-mode', false);
const dmaTranslation = bool('dma-translation', true);

interface Regions {
  readonly direct: MemoryRegion;
  readonly interrupts: MemoryRegion;
}

/**
 * DMA remapping hardware in front of a PC's PCI bus (Intel Virtualization Technology for Directed I/O). Each
 * requester has an address space of its own, which shows memory until the guest switches translation on.
 * What the guest writes into its tables takes effect when it invalidates what the hardware may have cached.
 */
export class IntelIommu extends Device implements PciIommu, DmaRemapping {
  #regions: Regions | undefined;
  readonly #spaces = new Map<PciBus, Map<number, VtdAddressSpace>>();
  #translation = false;
  /** The guest's tables, in its memory: contexts by source id, and page tables by domain. */
  readonly #contexts = new Map<number, DmaContextEntry>();
  readonly #domains = new Map<number, SecondLevelTable>();

  get machine(): PcMachine {
    const { machine } = this.system;
    if (machine instanceof PcMachine) return machine;
    throw new Error('intel-iommu is not part of a PC');
  }

  /** Memory as it is, with interrupts in their place. */
  get direct(): MemoryRegion {
    return this.#inService.direct;
  }

  get interrupts(): MemoryRegion {
    return this.#inService.interrupts;
  }

  get #inService(): Regions {
    if (this.#regions === undefined) throw new Error('intel-iommu is not realized');
    return this.#regions;
  }

  get cachingMode(): boolean {
    return this.value(cachingMode);
  }

  get snoopControl(): boolean {
    return this.value(snoopControl);
  }

  get addressBits(): number {
    return this.value(addressBits);
  }

  get canTranslate(): boolean {
    return this.value(dmaTranslation);
  }

  get canPassThrough(): boolean {
    return this.value(passThrough);
  }

  override get details(): readonly string[] {
    return [mmioDetail(REGISTERS_ADDRESS, REGISTERS_SIZE)];
  }

  protected override onRealize(): void {
    const { machine } = this;
    if (machine.remapping !== undefined)
      throw new QmpError('QEMU does not support multiple vIOMMUs for x86 yet.');
    this.#settleInterrupts();
    this.#checkConfiguration();
    machine.remapping = this;
    this.#regions = this.#makeRegions();
    const { rootBus } = machine;
    if (!rootBus.bypassesIommu) rootBus.iommu = this;
    // The interrupt controller has a place, too.
    this.spaceFor({ bus: rootBus, devfn: 0 });
    this.system.whenComplete(() => this.#checkAssignment());
    this.system.checkHotplug = device => {
      if (!this.cachingMode && device.type.isA('vfio-pci')) {
        throw new QmpError(
          'Device assignment is not allowed without enabling caching-mode=on for Intel IOMMU.',
        );
      }
    };
  }

  #makeRegions(): Regions {
    const { systemMemory } = this.machine;
    const registers = new MemoryRegion(this, 'intel_iommu', REGISTERS_SIZE, 'io');
    systemMemory.addSubregion(REGISTERS_ADDRESS, registers);
    const direct = new MemoryRegion(this, 'vtd-nodmar', WHOLE_SPACE);
    const memory = { target: systemMemory, offset: 0n };
    direct.addSubregion(0n, new MemoryRegion(this, 'vtd-sys-alias', WHOLE_SPACE, 'container', memory));
    const interrupts = new MemoryRegion(this, 'vtd-ir', INTERRUPTS_SIZE, 'io');
    direct.addSubregion(INTERRUPTS_START, interrupts, INTERRUPT_PRIORITY);
    return { direct, interrupts };
  }

  /** Devices of the host must be told of every mapping. @throws QmpError */
  #checkAssignment(): void {
    const { peripheral, peripheralAnon } = this.system;
    const devices = [...peripheral.children.values(), ...peripheralAnon.children.values()];
    if (!this.cachingMode && devices.some(({ type }) => type.isA('vfio-pci'))) {
      throw new QmpError(
        'We need to set caching-mode=on for intel-iommu to enable device assignment with IOMMU protection.',
      );
    }
  }

  /** What the user left open. @throws QmpError */
  #settleInterrupts(): void {
    const allInKernel = this.machine.interruptsInKernel === 'all';
    if (this.value(interruptRemapping) === 'auto')
      this.setValue(interruptRemapping, allInKernel ? 'off' : 'on');
    const remaps = this.value(interruptRemapping) === 'on';
    if (remaps && allInKernel) {
      throw new QmpError("Interrupt Remapping cannot work with kernel-irqchip=on, please use 'split|off'.");
    }
  }

  /** @throws QmpError for what does not go together, in this order as QEMU asks */
  #checkConfiguration(): void {
    const isOn = (property: typeof passThrough) => this.value(property);
    if (isOn(pasidMode) && isOn(deviceIotlb)) throw new QmpError('PASID based device IOTLB is not supported');
    this.#settleExtendedInterrupts();
    if (!ADDRESS_BITS.includes(this.addressBits))
      throw new QmpError(`Supported values for aw-bits are: ${ADDRESS_BITS.join(', ')}`);
    if (isOn(pasidMode) && !isOn(scalableMode)) throw new QmpError('Need to set scalable mode for PASID');
  }

  #settleExtendedInterrupts(): void {
    const remaps = this.value(interruptRemapping) === 'on';
    const isBuggy = this.value(buggyExtendedInterrupts);
    const inKernel = this.machine.interruptsInKernel !== 'none';
    if (this.value(extendedInterrupts) === 'on' && !remaps)
      throw new QmpError('eim=on cannot be selected without intremap=on');
    if (this.value(extendedInterrupts) === 'auto')
      this.setValue(extendedInterrupts, remaps && (inKernel || isBuggy) ? 'on' : 'off');
    if (this.value(extendedInterrupts) === 'on' && !isBuggy && this.machine.interruptsInKernel !== 'split')
      throw new QmpError('eim=on requires accel=kvm,kernel-irqchip=split');
  }

  /** QEMU never takes an address space away: the function may come back. */
  spaceFor({ bus, devfn }: Requester): AddressSpace {
    const onBus = this.#spaces.get(bus) ?? new Map<number, VtdAddressSpace>();
    this.#spaces.set(bus, onBus);
    const known = onBus.get(devfn) ?? new VtdAddressSpace(this, bus, devfn);
    onBus.set(devfn, known);
    return known.space;
  }

  get #allSpaces(): readonly VtdAddressSpace[] {
    return [...this.#spaces.values()].flatMap(onBus => [...onBus.values()]);
  }

  /** What the guest's context table now says of a requester. */
  contextFor({ bus, devfn }: VtdAddressSpace): DmaContext | undefined {
    const entry = this.#contexts.get(sourceId({ bus: bus.number, devfn }));
    if (entry === undefined || entry.kind === 'pass-through') return entry?.kind;
    return this.#domain(entry.domain);
  }

  #domain(number: number): SecondLevelTable {
    const table = this.#domains.get(number) ?? new SecondLevelTable(this.addressBits);
    this.#domains.set(number, table);
    return table;
  }

  /** Global command register: translation enable. */
  get translation(): boolean {
    return this.#translation;
  }

  set translation(on: boolean) {
    if (!this.canTranslate || on === this.#translation) return;
    this.system.trace.point('vtd_dmar_enable', on);
    this.#translation = on;
    for (const space of this.#allSpaces) space.refresh();
  }

  requesterOf({ bus, devfn }: PciPlace): PciPlace {
    const { rootBus } = this.machine;
    const found = [...rootBus.subtree()].find(({ number }) => number === bus);
    if (found === undefined) return { bus, devfn };
    const requester = requesterOf(found, devfn);
    return { bus: requester.bus.number, devfn: requester.devfn };
  }

  context(source: PciPlace): DmaContextEntry | undefined {
    return this.#contexts.get(sourceId(source));
  }

  setContext(source: PciPlace, entry: DmaContextEntry | undefined): void {
    if (entry === undefined) this.#contexts.delete(sourceId(source));
    else this.#contexts.set(sourceId(source), entry);
  }

  get contexts(): readonly (readonly [source: PciPlace, entry: DmaContextEntry])[] {
    return [...this.#contexts].map(([id, entry]) => [{ bus: id >> 8, devfn: id & 0xff }, entry] as const);
  }

  writeEntry(domain: number, page: DmaPage): void {
    this.#domain(domain).set(page);
  }

  pages(domain: number, start: bigint, end: bigint): Iterable<DmaPage> {
    return this.#domains.get(domain)?.pages(start, end) ?? [];
  }

  invalidateContexts(): void {
    for (const space of this.#allSpaces) space.refresh();
  }

  invalidateMappings(domain: number, start = 0n, end = LAST): void {
    const table = this.#domains.get(domain);
    for (const space of this.#allSpaces)
      if (table !== undefined && space.table === table) space.region.follow(start, end);
  }

  /** Nothing is translated, and what was in the guest's memory is forgotten. */
  override onReset(): void {
    this.#translation = false;
    this.#contexts.clear();
    this.#domains.clear();
    for (const space of this.#allSpaces) space.refresh();
  }
}

/** Bus number, and devfn (Intel VT-d, 3.4.1). */
function sourceId({ bus, devfn }: PciPlace): number {
  return (bus << 8) | devfn;
}

export const INTEL_IOMMU_TYPES: readonly TypeInfo[] = [
  {
    name: 'x86-iommu',
    parent: 'sys-bus-device',
    abstract: true,
    properties: [interruptRemapping, deviceIotlb, passThrough],
  },
  {
    name: 'intel-iommu',
    parent: 'x86-iommu',
    properties: [
      uint32('version', 0),
      extendedInterrupts,
      buggyExtendedInterrupts,
      addressBits,
      cachingMode,
      scalableMode,
      snoopControl,
      pasidMode,
      bool('dma-drain', true),
      dmaTranslation,
    ],
    create: type => new IntelIommu(type),
    class: {
      category: 'misc',
      description: 'Intel IOMMU (VT-d) DMA Remapping device',
      hotpluggable: false,
    },
  },
  { name: 'intel-iommu-iommu-memory-region', parent: 'iommu-memory-region' },
];
