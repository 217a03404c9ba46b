import type { Clock } from '../base/clock.ts';
import type { EventSink } from '../base/events.ts';
import type { Tracer } from '../base/trace.ts';
import { QomObject } from '../qom/object.ts';
import type { QomType, TypeRegistry } from '../qom/type.ts';
import { Backends } from './backends.ts';
import type { Balloon } from './balloon.ts';
import { Bus } from './bus.ts';
import type { Device } from './device.ts';
import type { HotplugHandler } from './hotplug.ts';
import { MacPool } from './mac-pool.ts';
import { NetClients } from './net-client.ts';

/** What the tree of one machine needs from outside. */
export interface SystemEnvironment {
  readonly types: TypeRegistry;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly trace: Tracer;
  /** Warnings and errors that QEMU prints on stderr rather than answers. */
  readonly report: (message: string) => void;
}

/** The root of one machine's composition tree, with what every device may need. */
export class System extends QomObject {
  readonly types: TypeRegistry;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly trace: Tracer;
  readonly report: (message: string) => void;
  readonly peripheral: QomObject;
  readonly peripheralAnon: QomObject;
  readonly unattached: QomObject;
  readonly mainBus: Bus;
  readonly backends = new Backends();
  readonly macs = new MacPool();
  readonly netClients = new NetClients();
  /** The device by which the host takes memory back, if there is one. */
  balloon: Balloon | undefined;
  /** Whether the processors' words begin with their high bytes, as a rule. */
  bigEndian = false;
  /** What drives say of their firmware: of this version of QEMU on, the same for ever. */
  hardwareVersion = '2.5+';
  /** Bytes of RAM at start. */
  ramSize = 0n;
  /** Number of processors at start, after which devices choose their number of queues. */
  processors = 1;
  /** Devices by their `bootindex`. */
  readonly bootOrder = new Map<number, Device>();
  /** Devices in service, in the order in which they came. */
  readonly inService = new Set<Device>();
  /** How many USB buses of controllers that are gone QEMU keeps in its list for ever. */
  keptUsbBuses = 0;
  /** Numbers of keyboards and pointers in service; no number comes twice. */
  readonly inputNumbers = new Map<Device, number>();
  /** Whether devices whose state cannot be saved are refused. */
  onlyMigratable = false;
  /** True once the machine is complete: what comes or goes from then on is hot-plugged. */
  ready = false;
  readonly #whenComplete: (() => void)[] = [];
  /** The machine's own hotplug handler for a device, if it cares. */
  machineHotplugHandler: (device: Device) => HotplugHandler | undefined = () => undefined;
  /** For how long the guest has run, ns; devices that wait for the guest measure by it. */
  runTime: () => bigint = () => 0n;
  /** Whether a user may add this type of device to the main system bus. */
  acceptsSystemDevice: (type: QomType) => boolean = () => true;
  /** Refuses what this machine does not let come while it is up. @throws QmpError */
  checkHotplug: (device: Device) => void = () => {};
  readonly #numbers = new Map<string, number>();
  #anonymous = 0;
  #deleted: (() => void)[] = [];

  /** @param machine the object that becomes `/machine` */
  constructor(
    environment: SystemEnvironment,
    readonly machine: QomObject,
  ) {
    super(environment.types.require('container'));
    this.types = environment.types;
    this.clock = environment.clock;
    this.events = environment.events;
    this.trace = environment.trace;
    this.report = environment.report;
    this.addChild('machine', machine);
    const container = (parent: QomObject, name: string) =>
      parent.addChild(name, environment.types.create('container').keepOrder());
    this.peripheral = container(machine, 'peripheral');
    this.peripheralAnon = container(machine, 'peripheral-anon');
    this.unattached = container(machine, 'unattached');
    this.mainBus = this.unattached.addChild(
      'sysbus',
      new Bus(environment.types.require('System'), 'main-system-bus', undefined),
    );
  }

  /** The user's objects, and memory of the machine's own; there once there are any. */
  get objects(): QomObject {
    return (
      this.children.get('objects') ?? this.addChild('objects', this.types.create('container').keepOrder())
    );
  }

  /** Does something as soon as every device of the command line is there: now, if they are. */
  whenComplete(step: () => void): void {
    if (this.ready) step();
    else this.#whenComplete.push(step);
  }

  /** Every device of the command line is there. @throws QmpError if a device finds that something is missing */
  complete(): void {
    for (const step of this.#whenComplete.splice(0)) step();
    this.ready = true;
  }

  /** `pci.0`, `pci.1`, …: the name of a bus whose owner has no id. */
  automaticBusName(type: string): string {
    const name = type.toLowerCase();
    return `${name}.${this.nextNumber(name)}`;
  }

  /** 0, 1, 2, …, counted for each kind of thing; no number comes twice. */
  nextNumber(kind: string): number {
    const number = this.#numbers.get(kind) ?? 0;
    this.#numbers.set(kind, number + 1);
    return number;
  }

  /** `device[0]`, `device[1]`, …: the name of a user's device without id. Numbers are not used twice. */
  anonymousName(): string {
    return `device[${this.#anonymous++}]`;
  }

  hotplugHandlerFor(device: Device): HotplugHandler | undefined {
    return this.machineHotplugHandler(device) ?? device.parentBus?.hotplugHandler;
  }

  /** Notes a device that was put into service. */
  deviceRealized(device: Device): void {
    this.inService.add(device);
    if (device.type.class.input !== undefined)
      this.inputNumbers.set(device, this.nextNumber('input handler') + 1);
  }

  /** Forgets a device that is taken out of service. */
  deviceLeaves(device: Device): void {
    this.inService.delete(device);
    this.inputNumbers.delete(device);
  }

  /**
   * Announces a device that was taken out of service. QEMU does so once all its threads have forgotten it,
   * therefore often after the reply to the command that caused it.
   */
  deviceUnrealized(device: Device): void {
    const data = device.id === undefined ? { path: device.path } : { device: device.id, path: device.path };
    const announce = () => device.whenLetGo(() => this.events.emit('DEVICE_DELETED', data));
    if (!device.lingers) {
      announce();
      return;
    }
    this.#deleted.push(announce);
    if (this.#deleted.length > 1) return;
    this.clock.after(0n, () => {
      const due = this.#deleted;
      this.#deleted = [];
      for (const each of due) each();
    });
  }
}
