import type { MachineInfo } from '../generated/types.ts';
import type { GuestPlatform } from '../guest/platform.ts';
import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { Machine } from '../machine/machine.ts';
import { GuestRam } from '../memory/ram.ts';
import { MemoryRegion } from '../memory/region.ts';
import type { PciBus } from '../pci/bus.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import type { QomType } from '../qom/type.ts';
import { type DrConnector, LogicalDrConnector } from './dr-connector.ts';
import type { HypercallResult } from './hypercall.ts';
import { hypercall, hypercallOpcode } from './hypercalls.ts';
import { KvmAccelerator } from './kvm-accelerator.ts';
import { index, MAX_PHB_INDEX, phbTypes, SpaprPhb } from './phb.ts';
import { PhbHotplug } from './phb-hotplug.ts';
import { addPlatformDevices } from './platform-devices.ts';
import { rtasCall } from './rtas.ts';
import type { TceTable } from './tce-table.ts';

/** The pseries machine: an LPAR as PAPR describes it. */
export class SpaprMachine extends Machine {
  readonly kvm: KvmAccelerator | undefined;
  readonly target = 'ppc64';
  readonly machineTypes = MACHINE_TYPES;
  readonly numaNodes = 1;
  /** What the guest has written to its memory. */
  readonly ram: GuestRam;
  readonly #phbs = new Map<number, SpaprPhb>();
  readonly #connectors = new Map<number, DrConnector>();
  readonly #phbHotplug = new PhbHotplug(this);
  readonly guestPlatform: GuestPlatform = {
    hypercall: (name, args) => this.hypercall(hypercallOpcode(name) ?? 0, args),
    rtas: (name, args, returns) => this.rtas(name, args, returns),
  };

  constructor(type: QomType, config: MachineConfig, environment: MachineEnvironment) {
    super(type, config, environment);
    this.kvm = this.kvmVm === undefined ? undefined : new KvmAccelerator(this.kvmVm);
    this.ram = new GuestRam(0n, config.ramSize);
    const backend = this.system.children
      .get('objects')
      ?.addChild('ppc_spapr.ram', type.registry.create('memory-backend-ram'));
    this.systemMemory.addSubregion(
      0n,
      new MemoryRegion(backend ?? this, 'ppc_spapr.ram', config.ramSize, 'ram'),
    );
    this.process.addMemory(0n, config.ramSize);
    type.registry.register(phbTypes(this));
    this.system.machineHotplugHandler = device => this.#handlerFor(device);
    for (let phb = 0; phb <= MAX_PHB_INDEX; phb++) this.#addConnector('phb', phb);
    this.#addConnector('cpu', 0);
    addPlatformDevices(this);
    this.#addFirstPhb();
  }

  #addConnector(drcType: 'phb' | 'cpu', id: number): void {
    const connector = new LogicalDrConnector(this, drcType, id, this);
    connector.realize();
    this.addDrConnector(connector);
  }

  /** The bridge every pseries machine has. */
  #addFirstPhb(): void {
    const phb = new SpaprPhb(this.type.registry.require('spapr-pci-host-bridge'), this);
    phb.setValue(index, 0);
    this.addPlatformDevice(phb);
  }

  /** Adds a part of the machine itself, as `/machine/unattached/device[N]`. */
  addPlatformDevice(device: Device, bus = this.system.mainBus): void {
    this.system.unattached.addChild('device[*]', device);
    device.realize(bus);
  }

  #handlerFor(device: Device): HotplugHandler | undefined {
    return device instanceof SpaprPhb ? this.#phbHotplug : undefined;
  }

  /** Host bridges, newest first. */
  get phbs(): readonly SpaprPhb[] {
    return [...this.#phbs.values()].reverse();
  }

  get pciRoots(): readonly PciBus[] {
    return this.phbs.map(phb => phb.bus);
  }

  phbAt(phbIndex: number): SpaprPhb | undefined {
    return this.#phbs.get(phbIndex);
  }

  /** The bridge with this bus unit id. */
  phbByBuid(buid: bigint): SpaprPhb | undefined {
    return [...this.#phbs.values()].find(phb => phb.buid === buid);
  }

  /** For `SpaprPhb`. */
  addPhb(phb: SpaprPhb): void {
    this.#phbs.set(phb.index, phb);
  }

  removePhb(phb: SpaprPhb): void {
    if (this.#phbs.get(phb.index) === phb) this.#phbs.delete(phb.index);
  }

  /** Open DMA windows of all bridges, by bridge index, then by window. */
  get tceTables(): readonly TceTable[] {
    const phbs = [...this.#phbs.values()].sort((a, b) => a.index - b.index);
    return phbs.flatMap(phb => phb.tceTables).filter(table => table.enabled);
  }

  tceTable(liobn: number): TceTable | undefined {
    const phb = this.#phbs.get((liobn >>> 8) & 0xff);
    return phb?.tceTables.find(table => table.liobn === liobn && table.enabled);
  }

  drConnector(drcIndex: number): DrConnector | undefined {
    return this.#connectors.get(drcIndex >>> 0);
  }

  addDrConnector(connector: DrConnector): void {
    this.#connectors.set(connector.index, connector);
  }

  removeDrConnector(connector: DrConnector): void {
    this.#connectors.delete(connector.index);
  }

  protected override resetDevices(): void {
    for (const connector of [...this.#connectors.values()])
      if (connector.parent === this) connector.onReset();
    super.resetDevices();
  }

  /** The guest has refused to let a device go. */
  unplugRefused(device: Device): void {
    const path = device.path;
    this.events.emit(
      'DEVICE_UNPLUG_GUEST_ERROR',
      device.id === undefined ? { path } : { device: device.id, path },
    );
  }

  /** @param args the guest's registers from r4 on, 64 bits unsigned */
  hypercall(opcode: number, args: readonly bigint[]): HypercallResult {
    return hypercall(this, opcode, args);
  }

  /** @returns the service's return words; undefined if there is no such service */
  rtas(name: string, args: readonly number[], returns: number): readonly number[] | undefined {
    return rtasCall(this, name, args, returns);
  }

  /** Big-endian 64 bits of guest memory; memory that is not there reads as zero. */
  readGuestUint64(address: bigint): bigint {
    return this.ram.contains(address) ? this.ram.readUint64(address) : 0n;
  }
}

const MACHINE_TYPES: readonly MachineInfo[] = [
  {
    name: 'pseries-7.2',
    alias: 'pseries',
    'is-default': true,
    'cpu-max': 4096,
    'hotpluggable-cpus': true,
    'numa-mem-supported': false,
    deprecated: false,
    'default-cpu-type': 'power9_v2.0-powerpc64-cpu',
    'default-ram-id': 'ppc_spapr.ram',
  },
];
