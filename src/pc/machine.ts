import { QmpError } from '../base/errors.ts';
import type { ACPIOSTInfo, CpuInfoFast, CpuInstanceProperties, HotpluggableCPU } from '../generated/types.ts';
import type { PcPlatform } from '../guest/platform.ts';
import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { Machine } from '../machine/machine.ts';
import { dimmTypes, PcDimm } from '../machine/pc-dimm.ts';
import { boot, firmware, memory, smp } from '../machine/properties.ts';
import { MemoryRegion } from '../memory/region.ts';
import { ramBackend } from '../objects/machine-ram.ts';
import type { PciBus } from '../pci/bus.ts';
import { Device } from '../qdev/device.ts';
import { linkProperty, type Property } from '../qom/property.ts';
import type { QomType } from '../qom/type.ts';
import type { Chipset, ChipsetPlan } from './chipset.ts';
import { cpuType, cpuTypes, X86Cpu } from './cpu.ts';
import { Firmware } from './firmware.ts';
import { i440fxTypes } from './i440fx.ts';
import { ich9Types } from './ich9.ts';
import type { IntelIommu } from './intel-iommu.ts';
import { maxRamBelow4G, vmport } from './machine-properties.ts';
import { PC_MACHINES } from './machine-types.ts';
import { addDeviceMemory, addMemory, addPciMemory, addRoms } from './memory.ts';
import { addIrqs, addPorts } from './part.ts';
import { piixTypes } from './piix.ts';
import { q35Types } from './q35.ts';
import type { RamSplit } from './ram-split.ts';
import { timeProperty } from './time-property.ts';

/** Tables for firmware and operating system, by the names under which they are handed over. Bytes. */
const FIRMWARE_TABLES = [
  ['etc\\x2facpi\\x2ftables', 0x20000],
  ['etc\\x2facpi\\x2frsdp', 0x14],
  ['etc\\x2ftable-loader', 0x1000],
] as const;

const DEFAULT_MODEL = 'qemu64';
/** Whatever the host's processor is. */
const HOST_MODEL = 'host';
const BOOT_ORDER = 'cad';
const FIRMWARE_FILE = 'bios-256k.bin';

/** A PC of either kind: what is around the processor is the chipset's affair. */
export class PcMachine extends Machine {
  readonly target = 'x86_64';
  readonly machineTypes = PC_MACHINES.map(({ info }) => info);
  readonly ram: MemoryRegion;
  readonly ramSplit: RamSplit;
  /** In order of their numbers. */
  readonly processors: X86Cpu[] = [];
  /** The PCI bus as the processor's memory accesses reach it. */
  readonly pciMemory: MemoryRegion;
  /** DMA remapping hardware, if the user has added any. */
  remapping: IntelIommu | undefined;
  readonly #chipset: Chipset;
  readonly guestPlatform: PcPlatform;

  constructor(type: QomType, config: MachineConfig, environment: MachineEnvironment, plan: ChipsetPlan) {
    super(type, config, environment);
    const { registry } = type;
    for (const types of [cpuTypes, i440fxTypes, q35Types, piixTypes, ich9Types])
      registry.register(types(this));
    registry.register(dimmTypes(this.memoryDevices));
    this.ramSplit = plan.ramSplit(this.value(memory).size, this.value(maxRamBelow4G));
    this.#settleProperties();
    this.ram = ramBackend(this, 'pc.ram').region;
    this.#addProcessors();
    this.pciMemory = addPciMemory(this);
    addMemory(this);
    addDeviceMemory(this);
    this.#addFirmwareInterface();
    addRoms(this);
    this.#chipset = plan.build(this);
    this.system.acceptsSystemDevice = ({ name }) => plan.systemDevices.includes(name);
    for (const processor of this.processors) processor.addManagementView(this.#chipset.smram);
    addIrqs(this.system.unattached, 'non-qdev-gpio', plan.wiredInterrupts);
    this.system.machineHotplugHandler = device =>
      device instanceof PcDimm ? this.#chipset.power.memoryHotplug : undefined;

    this.guestPlatform = {
      kind: 'pc',
      readPort: (port, size) => this.readPort(port, size),
      writePort: (port, size, value) => this.writePort(port, size, value),
      tables: () => this.#chipset.power.tables,
      remapping: () => this.remapping,
      later: (event, delayMs) => this.wakeGuest(event, delayMs),
    };
    for (const property of this.#facts()) this.addProperty(property);
  }

  get cpus(): readonly CpuInfoFast[] {
    return this.processors.map((processor, index) => ({
      'cpu-index': index,
      'qom-path': processor.path,
      'thread-id': process.pid,
      props: this.#place(index),
      target: this.target,
    }));
  }

  override get hotpluggableCpus(): readonly HotpluggableCPU[] {
    const type = this.#processorType().name;
    const { maxCpus } = this.value(smp);
    return Array.from({ length: maxCpus }, (_, index) => {
      const processor = this.processors[index];
      return {
        type,
        'vcpus-count': 1,
        props: this.#place(index),
        ...(processor === undefined ? {} : { 'qom-path': processor.path }),
      };
    }).reverse();
  }

  /** Where the processor of this number is, or would be. */
  #place(index: number): CpuInstanceProperties {
    const { dies, cores, threads } = this.value(smp);
    return {
      'socket-id': Math.floor(index / (threads * cores * dies)),
      ...(dies > 1 ? { 'die-id': Math.floor(index / (threads * cores)) % dies } : {}),
      'core-id': Math.floor(index / threads) % cores,
      'thread-id': index % threads,
    };
  }

  #facts(): readonly Property[] {
    const { clock, smram, power } = this.#chipset;
    return [
      linkProperty('rtc_state', 'isa-device', () => clock),
      linkProperty('smram', 'memory-region', () => smram),
      linkProperty('acpi-device', 'hotplug-handler', () => power),
      timeProperty('rtc-time', this),
    ];
  }

  override get acpiStatus(): readonly ACPIOSTInfo[] {
    return this.#chipset.power.memoryHotplug.status;
  }

  get rootBus(): PciBus {
    return this.#chipset.rootBus;
  }

  /** Which interrupt controllers KVM has in the kernel. */
  get interruptsInKernel(): 'all' | 'split' | 'none' {
    if (this.accelerator !== 'kvm') return 'none';
    const { kernelIrqchip = 'on' } = this.config;
    return kernelIrqchip === 'on' ? 'all' : kernelIrqchip === 'off' ? 'none' : kernelIrqchip;
  }

  get pciRoots(): readonly PciBus[] {
    return [this.#chipset.rootBus];
  }

  /** What the user left open. */
  #settleProperties(): void {
    this.setValue(maxRamBelow4G, this.ramSplit.limit);
    if (this.value(vmport) === 'auto') this.setValue(vmport, 'on');
    if (this.value(boot).order === '') this.setValue(boot, { ...this.value(boot), order: BOOT_ORDER });
    if (this.value(firmware) === '') this.setValue(firmware, FIRMWARE_FILE);
  }

  #addProcessors(): void {
    const { cpus } = this.value(smp);
    const type = this.#processorType();
    for (let index = 0; index < cpus; index++) {
      const processor = new X86Cpu(type, this);
      processor.place(index, this.value(smp));
      this.system.unattached.addChild('device[*]', processor);
      processor.realize();
      this.processors.push(processor);
      if (index === 0) this.#addLocalApicHelper();
    }
  }

  /** Firmware's part in handling local APICs, for guests that touch them often. */
  #addLocalApicHelper(): void {
    const vapic = new Device(this.type.registry.require('kvmvapic'));
    this.addPlatformDevice(vapic);
    addPorts(vapic, this.portMemory, [['kvmvapic', 2, 0x7e]]);
  }

  #processorType(): QomType {
    const model = this.config.cpuModel ?? DEFAULT_MODEL;
    if (model === HOST_MODEL && this.accelerator !== 'kvm')
      throw new QmpError(`CPU model '${HOST_MODEL}' requires KVM or HVF`);
    const type = this.type.registry.get(cpuType(model));
    if (type === undefined) throw new QmpError(`unable to find CPU model '${model}'`);
    return type;
  }

  /** The device by which firmware asks about the machine. */
  #addFirmwareInterface(): void {
    const device = new Device(this.type.registry.require('fw_cfg_io'));
    this.addChild('fw_cfg', device);
    device.realize(this.system.mainBus);
    addPorts(device, this.portMemory, [
      ['fwcfg', 2, 0x510],
      ['fwcfg.dma', 8, 0x514],
    ]);
    for (const [name, size] of FIRMWARE_TABLES)
      new MemoryRegion(device, `\\x2from@${name}`, BigInt(size), 'rom');
  }

  /** @param size 1, 2 or 4 bytes @returns all ones where nothing answers */
  readPort(port: number, size: number): number {
    const range = this.portSpace.find(BigInt(port));
    const offset = range === undefined ? 0 : Number(range.offset) + port - Number(range.start);
    return truncate(range?.region.registers?.read(offset, size) ?? 0xffffffff, size);
  }

  writePort(port: number, size: number, value: number): void {
    const range = this.portSpace.find(BigInt(port));
    if (range === undefined) return;
    const offset = Number(range.offset) + port - Number(range.start);
    range.region.registers?.write(offset, size, truncate(value, size));
  }

  protected override runFirmware(): void {
    new Firmware(this.guestPlatform, this.#chipset.settings).run();
  }

  override powerdown(): void {
    this.events.emit('POWERDOWN');
    this.#chipset.power.acpi.pressPowerButton();
  }
}

/** The low bytes of a value. */
function truncate(value: number, size: number): number {
  return size === 4 ? value >>> 0 : value & ((1 << (8 * size)) - 1);
}
