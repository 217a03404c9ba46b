import type { ACPIOSTInfo } from '../generated/types.ts';
import type { PcPlatform } from '../guest/platform.ts';
import { checkFloppyControllers } from '../isa/floppy-controller.ts';
import { addIrqs, addPorts, type RegisterPlan } from '../isa/part.ts';
import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { Machine } from '../machine/machine.ts';
import { PcDimm } from '../machine/pc-dimm.ts';
import { boot, firmware, memory } from '../machine/properties.ts';
import { littleEndian, littleEndianBytes } from '../memory/little-endian.ts';
import { MemoryRegion } from '../memory/region.ts';
import { type MachineRam, machineRam } from '../objects/machine-ram.ts';
import type { PciBus } from '../pci/bus.ts';
import { Device } from '../qdev/device.ts';
import { movableLink } from '../qdev/link-property.ts';
import { linkProperty, type Property } from '../qom/property.ts';
import { applyGlobals, type QomType } from '../qom/type.ts';
import type { Chipset, ChipsetPlan } from './chipset.ts';
import { cpuTypes, X86Cpu } from './cpu.ts';
import { CpuHotplug } from './cpu-hotplug.ts';
import { Firmware } from './firmware.ts';
import { addFlash } from './flash.ts';
import { i440fxTypes } from './i440fx.ts';
import { ich9Types } from './ich9.ts';
import type { IntelIommu } from './intel-iommu.ts';
import { acpi, maxRamBelow4G, nvdimm, vmport } from './machine-properties.ts';
import { PC_MACHINES } from './machines.ts';
import { addDeviceMemory, addMemory, addPciMemory, addRoms } from './memory.ts';
import { piixTypes } from './piix.ts';
import { Hpet, usesDma } from './platform-types.ts';
import { PcProcessors } from './processors.ts';
import { q35Types } from './q35.ts';
import type { RamSplit } from './ram-split.ts';
import { clockTime } from './time-property.ts';
import type { PcVersion } from './versions.ts';

const BOOT_ORDER = 'cad';
/** Where the guest asks about non-volatile memory (QEMU, docs/specs/acpi_nvdimm). */
const NVDIMM_REGISTERS: RegisterPlan = ['nvdimm-acpi-io', 4, 0xa18];

/** A PC of either kind: what is around the processor is the chipset's affair. */
export class PcMachine extends Machine {
  readonly target = 'x86_64';
  readonly machineTypes = PC_MACHINES.map(({ info }) => info);
  readonly processors: PcProcessors;
  /** DMA remapping hardware, if the user has added any. */
  remapping: IntelIommu | undefined;
  readonly guestPlatform: PcPlatform = {
    kind: 'pc',
    readPort: (port, size) => this.readPort(port, size),
    writePort: (port, size, value) => this.writePort(port, size, value),
    tables: () => this.#chipset.power.tables,
    remapping: () => this.remapping,
    later: (event, delayMs) => this.wakeGuest(event, delayMs),
  };
  #ram: MachineRam | undefined;
  #ramSplit: RamSplit | undefined;
  #pciMemory: MemoryRegion | undefined;
  #builtChipset: Chipset | undefined;

  constructor(
    type: QomType,
    config: MachineConfig,
    environment: MachineEnvironment,
    private readonly plan: ChipsetPlan,
  ) {
    super(type, config, environment);
    this.processors = this.makeProcessors();
    const { deprecation } = this.version;
    if (deprecation !== undefined)
      environment.report(`warning: Machine type '${config.type}' is deprecated: ${deprecation}`);
    const { registry } = type;
    for (const types of [cpuTypes, i440fxTypes, q35Types, piixTypes, ich9Types])
      registry.register(types(this));
    this.settleDefaults();
  }

  /** Flash memory is filled with what is made later. */
  protected override isLate(property: string): boolean {
    return property === 'pflash0' || property === 'pflash1';
  }

  protected makeProcessors(): PcProcessors {
    return new PcProcessors(this);
  }

  /** What follows from the version, and what the user left open. */
  protected settleDefaults(): void {
    addFlash(this);
    this.system.whenComplete(() => checkFloppyControllers(this.system));
    if (this.version.versionsDrives) this.system.hardwareVersion = `${this.version.name}.0`;
    if (this.value(boot).order === '') this.setValue(boot, { ...this.value(boot), order: BOOT_ORDER });
    if (this.value(firmware) === '') this.setValue(firmware, this.version.firmware.file);
    const roomSize = () => this.memoryDevices.region?.size ?? 0n;
    this.addProperty({ name: 'device-memory-region-size', type: 'int', get: roomSize });
    this.system.machineHotplugHandler = device => {
      if (device instanceof PcDimm) return this.#chipset.power.memoryHotplug;
      return device instanceof X86Cpu ? this.#cpuHotplug : undefined;
    };
  }

  protected override buildBoard(): void {
    this.#ramSplit = this.plan.ramSplit(
      this.value(memory).size,
      this.value(maxRamBelow4G),
      this.version.cutsAtLargePage,
    );
    this.#settleProperties();
    this.#ram = machineRam(this, 'pc.ram');
    this.processors.addFirst();
    this.#pciMemory = addPciMemory(this);
    addMemory(this, this.#ram);
    addDeviceMemory(this);
    addRoms(this);
    this.#addFirmwareInterface();
    this.#builtChipset = this.plan.build(this);
    if (this.value(nvdimm.enabled)) addPorts(this, this.portMemory, [NVDIMM_REGISTERS]);
    this.#cpuHotplug = new CpuHotplug(this, this.#chipset.power.cpuHotplug);
    this.system.acceptsSystemDevice = ({ name }) => this.plan.systemDevices.includes(name);
    for (const processor of this.processors.all) processor.addManagementView(this.#chipset.smram);
    addIrqs(this.system.unattached, 'non-qdev-gpio', this.plan.wiredInterrupts(this));
    for (const property of this.#facts()) this.addProperty(property);
  }

  get ram(): MemoryRegion {
    return built(this.#ram).region;
  }

  get ramSplit(): RamSplit {
    return built(this.#ramSplit);
  }

  /** The PCI bus as the processor's memory accesses reach it. */
  get pciMemory(): MemoryRegion {
    return built(this.#pciMemory);
  }

  /** Who brings processors that a user adds; those of the board come before there is one. */
  #cpuHotplug: CpuHotplug | undefined;

  get #chipset(): Chipset {
    return built(this.#builtChipset);
  }

  /** Takes a processor in that was plugged. */
  addProcessor(processor: X86Cpu): void {
    processor.addManagementView(this.#chipset.smram);
    this.processors.add(processor);
  }

  /** Memory that is plugged in belongs to a node. */
  get hasNode(): boolean {
    const { size, slots, maxSize } = this.value(memory);
    const { nodeWith } = this.version;
    return nodeWith === 'room' ? maxSize > size : nodeWith === 'slots' && slots > 0n;
  }

  #facts(): readonly Property[] {
    const { clock, smram, power } = this.#chipset;
    return [
      movableLink('rtc_state', 'isa-device', clock),
      linkProperty('smram', 'memory-region', () => smram),
      movableLink('acpi-device', 'hotplug-handler', power),
      clockTime(this),
    ];
  }

  /** As nothing runs, only the timers have raised any. */
  override get interruptStatistics(): string {
    if (this.isEmpty) return super.interruptStatistics;
    const timer = this.system.mainBus.devices.find(device => device instanceof Hpet);
    const lines = timer === undefined || timer.pulses === 0 ? '' : ` 0: ${timer.pulses}\n`;
    return ['ioapic', 'isa-i8259'].map(name => `IRQ statistics for ${name}:\n${lines}`).join('');
  }

  override get acpiStatus(): readonly ACPIOSTInfo[] {
    const { memoryHotplug, cpuHotplug } = this.#chipset.power;
    return [...memoryHotplug.status, ...cpuHotplug.status];
  }

  /** Whether it has PCI Express. */
  get isExpress(): boolean {
    return this.plan.isExpress;
  }

  /** How machines of this type are made. */
  get version(): PcVersion {
    const { pc } = this.type.class;
    if (pc === undefined) throw new Error(`${this.type.name} is no version of a PC`);
    return pc;
  }

  get rootBus(): PciBus {
    return this.#chipset.rootBus;
  }

  /** Which interrupt controllers KVM has in the kernel. */
  get interruptsInKernel(): 'all' | 'split' | 'none' {
    if (this.accelerator !== 'kvm') return 'none';
    const { kernelIrqchip = this.plan.isExpress && this.version.splitsInterrupts ? 'split' : 'on' } =
      this.config;
    return kernelIrqchip === 'on' ? 'all' : kernelIrqchip === 'off' ? 'none' : kernelIrqchip;
  }

  get pciRoots(): readonly PciBus[] {
    return [this.#chipset.rootBus];
  }

  /** What the user left open. */
  #settleProperties(): void {
    this.setValue(maxRamBelow4G, this.ramSplit.limit);
    if (this.value(vmport) === 'auto') this.setValue(vmport, 'on');
  }

  /** Firmware's part in handling local APICs, for guests that touch them often. */
  addLocalApicHelper(): void {
    const vapic = new Device(this.type.registry.require('kvmvapic'));
    this.addPlatformDevice(vapic);
    addPorts(vapic, this.portMemory, [['kvmvapic', 2, 0x7e]]);
  }

  /** The device by which firmware asks about the machine. */
  #addFirmwareInterface(): void {
    const device = applyGlobals(new Device(this.type.registry.require('fw_cfg_io')));
    this.addChild('fw_cfg', device);
    device.realize(this.system.mainBus);
    addPorts(device, this.portMemory, [['fwcfg', 2, 0x510]]);
    if (device.value(usesDma)) addPorts(device, this.portMemory, [['fwcfg.dma', 8, 0x514]]);
    const hasTables = this.value(acpi) !== 'off';
    for (const [name, size] of Object.entries(this.version.firmwareFiles)) {
      if (name.startsWith('etc/') && !hasTables) continue;
      new MemoryRegion(device, `/rom@${name}`.replaceAll('/', '\\x2f'), BigInt(size), 'rom');
    }
  }

  /** @param size 1, 2 or 4 bytes @returns all ones where nothing answers */
  readPort(port: number, size: number): number {
    return littleEndian(this.portSpace.read(BigInt(port), size));
  }

  writePort(port: number, size: number, value: number): void {
    this.portSpace.write(BigInt(port), littleEndianBytes(value, size));
  }

  protected override runFirmware(): void {
    new Firmware(this.guestPlatform, this.#chipset.settings).run();
  }

  override powerdown(): void {
    this.events.emit('POWERDOWN');
    this.#chipset.power.acpi.pressPowerButton();
  }
}

/** A part of the board. @throws Error before the board is built */
function built<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the machine has not been built yet');
  return part;
}
