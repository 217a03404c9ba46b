import { QmpError } from '../base/errors.ts';
import type { GuestEvent, PaprPlatform } from '../guest/platform.ts';
import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { isFirmwareFile } from '../machine/firmware-file.ts';
import { Machine } from '../machine/machine.ts';
import { PcDimm } from '../machine/pc-dimm.ts';
import { firmware, memory, smp } from '../machine/properties.ts';
import { machineRam, placeRam } from '../objects/machine-ram.ts';
import type { PciBus } from '../pci/bus.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import type { QomType } from '../qom/type.ts';
import { TextVisitor } from '../qom/visitor.ts';
import { checkCapabilitiesUnderTcg, settleCapabilities } from './capabilities.ts';
import { type CoreSurroundings, cpuTypes, SpaprCpuCore } from './cpu-core.ts';
import { CpuHotplug } from './cpu-hotplug.ts';
import { type DrConnector, drcIndexOf, LogicalDrConnector } from './dr-connector.ts';
import { DrConnectorIndex } from './dr-connector-index.ts';
import { DrConnectors } from './dr-connectors.ts';
import { EventLog } from './event-log.ts';
import type { HypercallResult } from './hypercall.ts';
import { hypercall, hypercallOpcode } from './hypercalls.ts';
import { KvmAccelerator } from './kvm-accelerator.ts';
import { SPAPR_MACHINES } from './machines.ts';
import { MemoryHotplug } from './memory-hotplug.ts';
import { PHB_TYPE, phbTypes, SpaprPhb } from './phb.ts';
import { PhbHotplug } from './phb-hotplug.ts';
import { index } from './phb-properties.ts';
import { addIcs, addTimers } from './platform-devices.ts';
import { SpaprProcessors } from './processors.ts';
import { icMode, resizeHpt, vsmt } from './properties.ts';
import { rtasCall, rtasInMemory } from './rtas.ts';
import { putConsecutive } from './tce-hypercalls.ts';
import type { TceTable } from './tce-table.ts';
import type { SpaprVersion } from './versions.ts';
import { VFIO_PHB_TYPE, vfioPhbTypes } from './vfio-phb.ts';
import { addVioBus, type VioBus, VioDevice } from './vio-bus.ts';
import { SpaprXive } from './xive.ts';

const POWER9_LEVEL = 300;
const RAM_ID = 'ppc_spapr.ram';
/** What users may add to the main system bus. */
const SYSTEM_DEVICES = [PHB_TYPE, VFIO_PHB_TYPE];
const DEVICE_MEMORY_ALIGNMENT = 1n << 30n;

/** The pseries machine: an LPAR as PAPR describes it. */
export class SpaprMachine extends Machine {
  readonly kvm: KvmAccelerator | undefined;
  readonly target = 'ppc64';
  readonly machineTypes = SPAPR_MACHINES.map(({ info }) => info);
  readonly version: SpaprVersion;
  readonly processors: SpaprProcessors;
  readonly #phbs = new Map<number, SpaprPhb>();
  readonly connectors = new DrConnectors();
  /** What a guest that nobody plays here can ask for. */
  readonly eventLog = new EventLog(this.environment.clock);
  readonly memoryHotplug = new MemoryHotplug(this);
  #vio: VioBus | undefined;
  readonly #phbHotplug = new PhbHotplug(this);
  readonly #cpuHotplug = new CpuHotplug(this);
  readonly guestPlatform: PaprPlatform = {
    kind: 'papr',
    hypercall: (name, args) => this.hypercall(hypercallOpcode(name) ?? 0, args),
    putTces: (liobn, ioba, tce, count) => putConsecutive(this, liobn, ioba, tce, count),
    rtas: (name, args, returns) => this.rtas(name, args, returns),
    rtasInMemory: (name, args, returns) => rtasInMemory(this, name, args, returns),
  };

  constructor(type: QomType, config: MachineConfig, environment: MachineEnvironment) {
    super(type, config, environment);
    if (type.class.spapr === undefined) throw new Error(`${type.name} is no pseries machine`);
    this.version = type.class.spapr;
    this.kvm = this.kvmVm === undefined ? undefined : new KvmAccelerator(this.kvmVm);
    this.system.bigEndian = true;
    this.processors = this.makeProcessors();
    if (!this.isSet(icMode)) this.setValue(icMode, this.version.icMode);
    this.system.mainBus.hotplugHandler = { hotplugObject: this };
    this.system.machineHotplugHandler = device => this.#handlerFor(device);
    this.system.acceptsSystemDevice = ({ name }) => SYSTEM_DEVICES.includes(name);
    type.registry.register([...phbTypes(this), ...vfioPhbTypes(this), ...cpuTypes(() => this.#surroundings)]);
  }

  protected makeProcessors(): SpaprProcessors {
    return new SpaprProcessors(this);
  }

  protected override buildBoard(): void {
    this.#settleProperties();
    this.#addRam();
    this.system.addChild(
      'dr-connector',
      new DrConnectorIndex(this.type.registry.require('container'), this.connectors),
    );
    this.#coreSurroundings = this.#addInterruptControllers();
    this.#addConnectors();
    this.processors.addFirst();
    addTimers(this);
    this.#vio = addVioBus(this);
    this.equipment?.add('terminals');
    this.#addNvram(this.#vio);
    this.#addFirstPhb();
    this.equipment?.add('adapters');
    this.#checkFirmware();
  }

  #checkFirmware(): void {
    const image = this.value(firmware);
    if (image !== '' && !isFirmwareFile(image)) throw new QmpError(`Could not find LPAR firmware '${image}'`);
  }

  #coreSurroundings: CoreSurroundings | undefined;

  get #surroundings(): CoreSurroundings {
    if (this.#coreSurroundings === undefined) throw new Error('the machine has not been built yet');
    return this.#coreSurroundings;
  }

  /** What the user left open is settled by the processor and the accelerator. */
  #settleProperties(): void {
    const { cpus, maxCpus, threads } = this.value(smp);
    if (!this.version.hasCpuHotplug && cpus !== maxCpus)
      throw new QmpError('This machine version does not support CPU hotplug');
    if (threads > 1 && this.accelerator === 'tcg')
      throw new QmpError('TCG cannot support more than 1 thread/core on a pseries machine');
    this.#settleInterruptMode();
    if (this.value(resizeHpt) === 'default') this.setValue(resizeHpt, this.version.resizeHpt);
    if (!this.isSet(vsmt)) this.setValue(vsmt, BigInt(Math.max(threads, this.version.minVsmt)));
    settleCapabilities(this, this.processors.model, this.version.capabilities);
  }

  /** The newer controller needs a processor that has it. */
  #settleInterruptMode(): void {
    const mode = this.value(icMode);
    const hasXive = this.processors.model.level >= POWER9_LEVEL;
    if (mode === 'xive' && !hasXive) throw new QmpError('XIVE-only machines require a POWER9 CPU');
    this.setValue(icMode, mode === 'dual' && !hasXive ? 'xics' : mode);
  }

  protected override checkAccelerator(): void {
    if (this.accelerator === 'tcg') {
      checkCapabilitiesUnderTcg(this, message => this.environment.report(`warning: ${message}`));
    }
  }

  #addRam(): void {
    const { size, maxSize } = this.value(memory);
    const ram = machineRam(this, RAM_ID);
    this.systemMemory.addSubregion(0n, ram.region);
    placeRam(this, ram, 0n, size, 0n);
    if (maxSize === size) return;
    const base = ((size + DEVICE_MEMORY_ALIGNMENT - 1n) / DEVICE_MEMORY_ALIGNMENT) * DEVICE_MEMORY_ALIGNMENT;
    this.memoryDevices.reserve(base, maxSize - size);
    if (this.version.hasMemoryHotplug) this.memoryHotplug.addConnectors(base, maxSize - size);
  }

  #addInterruptControllers(): CoreSurroundings {
    const mode = this.value(icMode);
    const xics = mode !== 'xive';
    const hasXive = mode === 'xive' || mode === 'dual';
    const xive = hasXive ? new SpaprXive(this.type.registry.require('spapr-xive')) : undefined;
    if (xics) addIcs(this, this.version.icsSources);
    if (xive !== undefined) {
      xive.configure(this, this.processors.vcpuId(this.value(smp).maxCpus));
      this.addPlatformDevice(xive);
      xive.map(this.systemMemory);
    }
    return {
      machine: this,
      memory: this.systemMemory,
      xics,
      xive,
      addThread: thread => this.processors.addThread(thread),
      removeThread: thread => this.processors.removeThread(thread),
    };
  }

  /** A connector for each thing that can come or go later: bridges, cores, blocks of memory, NVDIMMs. */
  #addConnectors(): void {
    const { maxCpus, threads } = this.value(smp);
    const { hasPhbHotplug, hasCpuHotplug, placement } = this.version;
    this.connectors.cover({
      owner: this,
      first: drcIndexOf('phb', 0),
      count: hasPhbHotplug ? placement.maxIndex + 1 : 0,
      type: 'spapr-drc-phb',
      hotplugged: false,
      make: index => new LogicalDrConnector(this, 'phb', index - drcIndexOf('phb', 0), this),
    });
    const cores = hasCpuHotplug ? maxCpus : 0;
    for (let core = 0; core < cores; core += threads) this.#addConnector('cpu', this.processors.vcpuId(core));
    const sockets = this.version.hasNvdimm ? this.value(memory).slots : 0n;
    for (let slot = 0; slot < sockets; slot++) this.#addConnector('pmem', slot);
  }

  #addConnector(drcType: 'cpu' | 'pmem', id: number): void {
    this.connectors.add(new LogicalDrConnector(this, drcType, id, this));
  }

  get hasNode(): boolean {
    return true;
  }

  #addNvram(bus: VioBus): void {
    const nvram = this.type.registry.create('spapr-nvram');
    if (!(nvram instanceof VioDevice)) return;
    this.system.unattached.addChild('device[*]', nvram);
    const flash = this.blocks.slots.byIndex('pflash', 0);
    if (flash !== undefined) nvram.setProperty('drive', new TextVisitor(flash.id));
    nvram.realize(bus);
  }

  /** The bus of virtual devices. @throws Error before the board is built */
  get vioBus(): VioBus {
    if (this.#vio === undefined) throw new Error('the machine has not been built yet');
    return this.#vio;
  }

  /** The bridge every pseries machine has. */
  #addFirstPhb(): void {
    const phb = this.type.registry.create(PHB_TYPE);
    if (!(phb instanceof SpaprPhb)) throw new Error(`${phb.type.name} is no host bridge`);
    phb.setValue(index, 0);
    this.addPlatformDevice(phb);
  }

  #handlerFor(device: Device): HotplugHandler | undefined {
    if (device instanceof SpaprPhb) return this.#phbHotplug;
    if (device instanceof PcDimm) return this.memoryHotplug;
    return device instanceof SpaprCpuCore ? this.#cpuHotplug : undefined;
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

  /** Open DMA windows of virtual devices and of all bridges, ascending by LIOBN. */
  get tceTables(): readonly TceTable[] {
    const ofBridges = [...this.#phbs.values()].flatMap(phb => phb.windows);
    return [...this.#virtualTables(), ...ofBridges].sort((a, b) => a.liobn - b.liobn);
  }

  tceTable(liobn: number): TceTable | undefined {
    const phb = this.#phbs.get((liobn >>> 8) & 0xff);
    const ofBridge = phb?.tceTables.find(table => table.liobn === liobn && table.enabled);
    return ofBridge ?? this.#virtualTables().find(table => table.liobn === liobn);
  }

  #virtualTables(): readonly TceTable[] {
    return (this.#vio?.devices ?? []).flatMap(
      device => (device instanceof VioDevice && device.tceTable) || [],
    );
  }

  drConnector(drcIndex: number): DrConnector | undefined {
    return this.connectors.get(drcIndex >>> 0);
  }

  protected override resetDevices(): void {
    super.resetDevices();
    this.eventLog.clear();
    this.#memoryAtReset = this.memoryDevices.dimms.reduce((sum, { size }) => sum + size, this.system.ramSize);
    // What was to go goes when no device uses it any more; a host bridge takes its connectors along.
    for (const connector of this.connectors.leaving)
      if (this.connectors.peek(connector.index) === connector) connector.onReset();
    for (const connector of this.connectors.made) connector.onReset();
    for (const phb of this.phbs) phb.numberBuses();
  }

  /** All memory that there was at the last reset, bytes. */
  get memoryAtReset(): bigint {
    return this.#memoryAtReset;
  }

  #memoryAtReset = 0n;

  override notifyGuest(event: GuestEvent): void {
    // Models of guests are handed their events.
    const isPlayed = this.accelerator !== 'qtest' && this.config.guest.model.name !== 'none';
    if (!isPlayed && (event.kind === 'hotplug' || event.kind === 'powerdown')) this.eventLog.add(event);
    super.notifyGuest(event);
  }

  /** Tells the guest that something came, or is to go. */
  notifyHotplug(action: 'add' | 'remove', { index, device }: DrConnector): void {
    this.notifyGuest({ kind: 'hotplug', action, drcIndex: index, device: device?.id });
  }

  /** The guest has refused to let a device go. */
  unplugRefused(device: Device): void {
    if (device.id !== undefined)
      this.environment.report(`Device hotunplug rejected by the guest for device ${device.id}`);
    this.announceRefusal(device);
  }

  announceRefusal(device: Device): void {
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
}
