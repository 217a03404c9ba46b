import { VirtualClock } from '../base/clock.ts';
import { HardwareError, QmpError } from '../base/errors.ts';
import { EventHub } from '../base/events.ts';
import { Tracer } from '../base/trace.ts';
import { BlockGraph } from '../block/graph.ts';
import type {
  ACPIOSTInfo,
  MachineInfo,
  ShutdownCause,
  StatusInfo,
  SysEmuTarget,
} from '../generated/types.ts';
import type { GuestEvent, GuestPlatform } from '../guest/platform.ts';
import type { KvmVm } from '../host/kvm.ts';
import type { HostProcess } from '../host/process.ts';
import { AddressSpace } from '../memory/address-space.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import { Network } from '../net/network.ts';
import { checkBackendSize, useBackend } from '../objects/machine-ram.ts';
import { createObject } from '../objects/object-add.ts';
import type { PciBus } from '../pci/bus.ts';
import type { Balloon } from '../qdev/balloon.ts';
import type { Device } from '../qdev/device.ts';
import { System } from '../qdev/system.ts';
import { applyGlobals, type QomType } from '../qom/type.ts';
import { ValuedObject } from '../qom/values.ts';
import { TextVisitor } from '../qom/visitor.ts';
import { vfioPciTypes } from '../vfio/pci-device.ts';
import { VfioSystem } from '../vfio/system.ts';
import { startAccelerator } from './accelerator.ts';
import { type ActionChanges, changed, initialActions, type RunStateActions } from './actions.ts';
import type { Equipment } from './board.ts';
import type { Accelerator, MachineConfig, MachineEnvironment } from './config.ts';
import { addConsoles } from './consoles.ts';
import { DirtyRate } from './dirty-rate.ts';
import { FdSets } from './fd-sets.ts';
import { GuestRunner } from './guest-runner.ts';
import { MemoryDevices } from './memory-devices.ts';
import { Migration } from './migration.ts';
import { Numa } from './numa.ts';
import type { Processors } from './processors.ts';
import { memory, memoryBackend, smp } from './properties.ts';
import { RunState } from './run-state.ts';
import { RunTime } from './run-time.ts';

const PORT_COUNT = 0x10000n;

/** How a machine came to its end. */
export interface MachineEnd {
  readonly cause: ShutdownCause | 'hardware-error';
  /** Last words, for a hardware error. */
  readonly message?: string;
}

/** A whole simulated machine: the object `/machine`, and the root of everything else that belongs to it. */
export abstract class Machine extends ValuedObject {
  readonly system: System;
  readonly events: EventHub;
  readonly trace: Tracer;
  readonly runState: RunState;
  readonly runTime: RunTime;
  /** The time that the guest's timers go by where it passes on request only: accelerated by qtest. */
  readonly qtestClock: VirtualClock | undefined;
  /** The simulated emulator process on the host. */
  readonly process: HostProcess;
  readonly accelerator: Accelerator;
  /** Present when accelerated by KVM. */
  readonly kvmVm: KvmVm | undefined;
  /** I/O ports, where the processor has such. */
  readonly portMemory: MemoryRegion;
  readonly portSpace: AddressSpace;
  readonly systemMemory: MemoryRegion;
  readonly memorySpace: AddressSpace;
  readonly vfio: VfioSystem;
  readonly memoryDevices = new MemoryDevices(this);
  readonly numa = new Numa(this);
  readonly migration = new Migration();
  readonly dirtyRate: DirtyRate;
  readonly fdSets = new FdSets();
  readonly network: Network;
  readonly blocks: BlockGraph;
  /** What the board gets beyond what is always on it; to be there before it is built. */
  equipment: Equipment | undefined;
  #actions: RunStateActions;
  #status: StatusInfo | undefined;
  #end: MachineEnd | undefined;
  readonly #endListeners: ((end: MachineEnd) => void)[] = [];
  readonly #guestRunner: GuestRunner;

  constructor(
    type: QomType,
    readonly config: MachineConfig,
    readonly environment: MachineEnvironment,
  ) {
    super(type);
    const { clock, host, report } = environment;
    this.trace = environment.trace ?? new Tracer(report);
    this.events = new EventHub(clock);
    this.dirtyRate = new DirtyRate(clock);
    this.system = new System(
      { types: type.registry, clock, report, events: this.events, trace: this.trace },
      this,
    );
    this.setValue(memory, config.memory);
    this.setValue(smp, config.topology);
    for (const spec of config.objects ?? []) createObject(this.system, spec);
    applyGlobals(this);
    for (const [name, value] of config.properties) this.#configure(name, value);
    this.#actions = initialActions(config);
    this.runState = new RunState(this.events);
    this.process = host.createProcess(config.name);
    [this.accelerator, this.kvmVm] = startAccelerator(config.accelerators, this.process, report);
    if (this.accelerator === 'qtest')
      this.qtestClock = clock instanceof VirtualClock ? clock : new VirtualClock();
    this.runTime = new RunTime(this.qtestClock ?? clock, this.runState);
    this.system.runTime = () => this.runTime.nanoseconds;
    this.#guestRunner = new GuestRunner(config.guest, {
      clock,
      platform: () => this.guestPlatform,
      runFirmware: () => this.runFirmware(),
      runs: () => this.guestRuns,
      guarded: step => this.#guarded(step),
    });
    this.runState.onResume(() => this.#guestRunner.schedule());
    this.portMemory = new MemoryRegion(this.system.unattached, 'io', PORT_COUNT, 'io');
    this.portSpace = new AddressSpace('I/O', this.portMemory);
    this.systemMemory = new MemoryRegion(this.system.unattached, 'system', WHOLE_SPACE);
    this.memorySpace = new AddressSpace('memory', this.systemMemory);
    this.vfio = new VfioSystem({
      process: this.process,
      memorySpace: this.memorySpace,
      kvmVm: this.kvmVm,
      trace: this.trace,
      report,
    });
    this.network = new Network(this.system);
    this.blocks = new BlockGraph(this.system);
    type.registry.register(vfioPciTypes(this.vfio));
  }

  #configure(name: string, value: string): void {
    if (this.isLate(name)) {
      this.#late.set(name, value);
      return;
    }
    if (name === memoryBackend.name) useBackend(this, value);
    else this.setProperty(name, new TextVisitor(value));
  }

  /** Properties that speak of what is only there once the machine is built, as the user wrote them. */
  readonly #late = new Map<string, string>();

  /** Whether a property speaks of what is not there yet when the machine is configured. */
  protected isLate(_property: string): boolean {
    return false;
  }

  /**
   * Makes everything that is always there; until then the machine is only being configured.
   * @throws QmpError if there cannot be a machine like that
   */
  build(): void {
    const layout = this.value(memory);
    checkBackendSize(this);
    this.numa.complete();
    this.type.class.machine?.checkMemory(layout, this.numa.sizes);
    this.system.ramSize = layout.size;
    for (const [name, value] of this.#late) this.setProperty(name, new TextVisitor(value));
    this.buildBoard();
    this.#isBuilt = true;
  }

  /** How often each interrupt line was raised, in words. */
  get interruptStatistics(): string {
    return this.isEmpty ? '' : `IRQ statistics not available for ${this.type.name}.\n`;
  }

  /** Whether there is nothing on its board, and nothing can be. */
  get isEmpty(): boolean {
    return this.type.class.machine?.isEmpty === true;
  }

  get isBuilt(): boolean {
    return this.#isBuilt;
  }

  #isBuilt = false;

  protected abstract buildBoard(): void;

  /** The device that gives memory back to the host, where there is one. */
  get balloon(): Balloon | undefined {
    return this.system.balloon;
  }

  abstract readonly target: Extract<SysEmuTarget, 'ppc64' | 'x86_64'>;
  /** The machine types that this program has for the target. */
  abstract readonly machineTypes: readonly MachineInfo[];
  /** What the operating system inside sees. */
  abstract readonly guestPlatform: GuestPlatform;
  abstract readonly processors: Processors;
  /** Buses of all host bridges, newest first. */
  abstract readonly pciRoots: readonly PciBus[];

  /** What the guest said of its slots by ACPI. @throws QmpError on a machine without it */
  get acpiStatus(): readonly ACPIOSTInfo[] {
    throw new QmpError('command is not supported, missing ACPI device');
  }

  /** Whether all is on one NUMA node if nobody speaks of any. */
  abstract readonly hasNode: boolean;

  /** Whether the emulator was built with KVM, as `query-kvm` says: Debian's are for x86, not for POWER on x86. */
  get kvmPresent(): boolean {
    return this.kvmVm !== undefined || this.target === 'x86_64';
  }

  /** As `query-status` shows it; the same object until the state changes. */
  get status(): StatusInfo {
    const { name, running } = this.runState;
    if (this.#status?.status !== name) this.#status = { running, singlestep: false, status: name };
    return this.#status;
  }

  /** Adds a part of the machine itself, as `/machine/unattached/device[N]`. */
  addPlatformDevice(device: Device, bus = this.system.mainBus): void {
    this.system.unattached.addChild('device[*]', device);
    device.realize(bus);
  }

  /**
   * Everything of the command line is in place: from now on devices are hot-plugged, and the guest may start.
   * @throws QmpError if the accelerator cannot do what the machine promises
   */
  start(): void {
    for (const complaint of this.network.complaints()) this.environment.report(`warning: ${complaint}`);
    this.system.complete();
    addConsoles(this.system);
    this.type.registry.userGlobals?.complete(this.type.registry, type =>
      type.isA('device') ? type.class.hotpluggable !== false : undefined,
    );
    this.checkAccelerator();
    this.resetDevices();
    if (!this.config.paused) this.runState.start();
    this.notifyGuest({ kind: 'boot' });
  }

  /** Says at each reset what the accelerator cannot do of what the machine promises. @throws QmpError where that cannot be */
  protected checkAccelerator(): void {}

  /** Brings every device back to its state after power-on: those behind others first, and the newest first. */
  protected resetDevices(): void {
    const visit = (device: Device) => {
      for (const bus of device.childBuses) for (const child of [...bus.devices]) visit(child);
      // One that went with the reset of another is left out.
      if (device.realized) device.onReset();
    };
    for (const device of [...this.system.mainBus.devices]) visit(device);
    // What the user has put on no bus.
    for (const device of [...this.system.inService])
      if (device.parentBus === undefined && device.isUsers) device.onReset();
  }

  /** What firmware does before the operating system starts. */
  protected runFirmware(): void {}

  get actions(): RunStateActions {
    return this.#actions;
  }

  setActions(changes: ActionChanges): void {
    this.#actions = changed(this.#actions, changes);
  }

  stop(): void {
    this.runState.stop();
  }

  cont(): void {
    this.runState.cont();
  }

  reset(cause: ShutdownCause): void {
    if (this.#actions.reboot === 'shutdown') {
      this.shutdown(cause);
      return;
    }
    this.checkAccelerator();
    this.#guestRunner.forget();
    this.resetDevices();
    this.events.emit('RESET', { guest: isGuestCause(cause), reason: cause });
    this.runState.reset();
    this.notifyGuest({ kind: 'boot' });
  }

  /** Presses the power button; what follows is the guest's to decide. */
  powerdown(): void {
    this.events.emit('POWERDOWN');
    this.notifyGuest({ kind: 'powerdown' });
  }

  /** Switches off; the machine ends unless it was told to stay. */
  shutdown(cause: ShutdownCause): void {
    this.events.emit('SHUTDOWN', { guest: isGuestCause(cause), reason: cause });
    if (this.#actions.shutdown === 'pause') this.runState.holdAfterShutdown();
    else this.#finish({ cause });
  }

  /** The guest's operating system has crashed. */
  guestPanicked(): void {
    const { panic, shutdown } = this.#actions;
    if (panic === 'none') {
      this.events.emit('GUEST_PANICKED', { action: 'run' });
      return;
    }
    const isHeld = panic === 'pause' || (panic === 'shutdown' && shutdown === 'pause');
    this.events.emit('GUEST_PANICKED', { action: isHeld ? 'pause' : 'poweroff' });
    this.runState.stop('guest-panicked');
    if (!isHeld) this.shutdown('guest-panic');
  }

  /** Ends the machine whatever was asked of shutdowns. */
  quit(cause: ShutdownCause): void {
    this.events.emit('SHUTDOWN', { guest: false, reason: cause });
    this.#finish({ cause });
  }

  /** What QEMU does in `hw_error`: nothing can be relied on any more. */
  abort(message: string): void {
    this.#finish({ cause: 'hardware-error', message });
  }

  get end(): MachineEnd | undefined {
    return this.#end;
  }

  /** @param listener called when the machine ends, or now if it has */
  onEnd(listener: (end: MachineEnd) => void): void {
    if (this.#end !== undefined) {
      listener(this.#end);
      return;
    }
    this.#endListeners.push(listener);
  }

  #finish(end: MachineEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.process.close();
    for (const listener of this.#endListeners) listener(end);
  }

  /** Hands an event to the guest as soon as it runs, never before the current command is answered. */
  notifyGuest(event: GuestEvent): void {
    if (!this.isEmpty) this.#guestRunner.notify(event);
  }

  /** A timer of the guest's own. */
  protected wakeGuest(event: GuestEvent, delayMs: number): void {
    this.#guestRunner.notifyAfter(event, delayMs);
  }

  /** Events that the guest has not reacted to yet. */
  get pendingGuestEvents(): readonly GuestEvent[] {
    return this.#guestRunner.pending;
  }

  /** Does something that may turn out a hardware error, by which the machine then ends. */
  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof HardwareError)) throw error;
      this.abort(error.message);
    }
  }

  /** Whether the guest's instructions are executed. Under qtest the machine runs, but none ever is. */
  get guestRuns(): boolean {
    return this.runState.running && this.accelerator !== 'qtest' && this.#end === undefined;
  }
}

function isGuestCause(cause: ShutdownCause): boolean {
  return cause.startsWith('guest-');
}
