import { attempt } from '../base/disposal.ts';
import { QmpError } from '../base/errors.ts';
import type { QomObject } from '../qom/object.ts';
import { linkProperty, type Property } from '../qom/property.ts';
import type { TypeInfo } from '../qom/type.ts';
import { ValuedObject } from '../qom/values.ts';
import type { Bus } from './bus.ts';
import type { HotplugHandler } from './hotplug.ts';
import { System } from './system.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    /** Type of the bus a device of this type sits on; absent for devices without one. */
    readonly busType?: string;
    /** False for parts of the machine that `-device` and `device_add` refuse. */
    readonly userCreatable?: boolean;
    /** False where adding and removing at run time is refused. */
    readonly hotpluggable?: boolean;
    /** For keyboards and pointers. */
    readonly input?: {
      /** As a person knows it. */
      readonly name: string;
      /** How it tells of places, if it does. */
      readonly pointer?: 'relative' | 'absolute';
    };
    /** The name of the device's state, if that cannot be saved. */
    readonly unsavedState?: string;
    /** One line and category, as `-device help` prints them. */
    readonly description?: string;
    readonly category?: string;
    /** Lines for signals into and out of devices of this type, in the order of `info qtree`. */
    readonly lines?: readonly SignalLines[];
    /** A second name that users may write. */
    readonly alias?: string;
    /**
     * QEMU 7.2 holds references to devices of this type that it never drops: their removal is not announced,
     * and what they used stays in use.
     */
    readonly neverFinalized?: boolean;
  }
}

/** Lines of one name, of which a device has several. */
export interface SignalLines {
  /** Empty where there is only one kind of them. */
  readonly name: string;
  readonly inputs?: number;
  readonly outputs?: number;
  /** They come when the device is realized, not before. */
  readonly late?: boolean;
}

/**
 * A device: an object on a bus, configured by properties, then realized as a whole or not at all.
 * Subclasses implement `onRealize` (which undoes its own steps when it throws) and `onUnrealize`.
 */
export class Device extends ValuedObject {
  /** As given by the user; undefined for anonymous devices and for parts of the machine. */
  id: string | undefined;
  /** Added after the machine was complete. */
  hotplugged = false;
  readonly childBuses: Bus[] = [];
  #parentBus: Bus | undefined;
  #realized = false;
  #withdrawn = false;
  #isLeaving = false;
  readonly #finalizers: (() => void)[] = [];
  #keepers = 0;
  readonly #whenLetGo: (() => void)[] = [];
  readonly #partings: (() => () => void)[] = [];

  protected override enterTree(parent: QomObject, name: string): void {
    super.enterTree(parent, name);
    this.type.registry.userGlobals?.apply(this);
  }

  get parentBus(): Bus | undefined {
    return this.#parentBus;
  }

  get realized(): boolean {
    return this.#realized;
  }

  /** Whether a client has taken the device out of service, which then keeps its place on the bus. */
  get withdrawn(): boolean {
    return this.#withdrawn;
  }

  /** The machine's tree that this device is part of; only for devices that are in one. */
  get system(): System {
    let top: QomObject = this;
    while (top.parent !== undefined) top = top.parent;
    if (!(top instanceof System)) throw new Error(`${this.type.name} is not part of a machine`);
    return top;
  }

  /** Whether the device could come and go at run time: its type and its bus allow it. */
  get hotpluggable(): boolean {
    const { hotpluggable = true } = this.type.class;
    return hotpluggable && this.#parentBus?.isHotpluggable !== false;
  }

  /** Its place, e.g. `0000:00:04.0`, or `pci@800000020000000:00.0/2` for what is in a port of a USB controller. */
  get devicePath(): string | undefined {
    return this.#parentBus?.devicePath(this);
  }

  /** Why the machine cannot be migrated while the device is there. */
  get migrationBlocker(): string | undefined {
    const { unsavedState } = this.type.class;
    return unsavedState === undefined
      ? undefined
      : `non-migratable device: ${this.devicePath}/${unsavedState}`;
  }

  /** @throws QmpError once the device is realized: its properties are fixed then */
  assertNotRealized(property: string): void {
    if (!this.#realized) return;
    const who = this.id === undefined ? 'anonymous device' : `device '${this.id}'`;
    throw new QmpError(
      `Attempt to set property '${property}' on ${who} (type '${this.type.name}') after it was realized`,
    );
  }

  /**
   * Puts the device on its bus and into service, or throws and leaves no trace but its place in the tree.
   * @throws QmpError
   */
  realize(bus?: Bus): void {
    this.#checkMigratable();
    this.hotplugged ||= this.system.ready;
    attempt(undo => {
      if (bus !== undefined) {
        bus.addDevice(this);
        this.#parentBus = bus;
        undo.push(() => this.#leaveBus());
      }
      const handler = this.hotplugHandler();
      handler?.prePlug?.(this);
      this.onRealize();
      undo.push(() => this.onUnrealize());
      this.#checkBlocker();
      for (const child of this.childBuses) child.realized = true;
      // What comes later than the machine starts as the others did with the first reset.
      if (this.hotplugged) this.onReset();
      handler?.plug?.(this);
      this.#realized = true;
      this.system.deviceRealized(this);
    });
  }

  /** @throws QmpError where a machine that is to move to other hosts cannot have such a device */
  #checkMigratable(): void {
    if (this.type.class.unsavedState !== undefined && this.system.onlyMigratable)
      throw new QmpError(`Device ${this.type.name} is not migratable, but --only-migratable was specified`);
  }

  /** The same for what is known once the device is set up. */
  #checkBlocker(): void {
    if (!this.system.onlyMigratable) return;
    const { migrationBlocker } = this;
    if (migrationBlocker !== undefined)
      throw new QmpError(`disallowing migration blocker (--only-migratable) for: ${migrationBlocker}`);
  }

  /**
   * Takes the device out of service, or back into it, where it is: neither its bus nor the guest is told.
   * @throws QmpError for what others depend on: parts of the machine and of other devices, and whatever has buses
   */
  changeService(inService: boolean): void {
    if (this.#realized === inService) return;
    const isOnItsOwn = this.#parentBus !== undefined && this.childBuses.length === 0 && this.isUsers;
    if (!isOnItsOwn) throw new QmpError(`Property '${this.type.name}.realized' can't be changed by a client`);
    if (inService) this.onRealize();
    else this.onUnrealize();
    this.#realized = inService;
    this.#withdrawn = !inService;
  }

  /** Whether it was added by the user, as opposed to parts of the machine and of other devices. */
  get isUsers(): boolean {
    const { peripheral, peripheralAnon } = this.system;
    return this.parent === peripheral || this.parent === peripheralAnon;
  }

  /** Takes the device out of service and off its bus, children first. */
  unrealize(): void {
    if (!this.#realized && !this.#withdrawn) return;
    this.#isLeaving = true;
    this.#prepareToLeave();
    const partings = this.#partings.splice(0).map(prepare => prepare());
    for (const bus of [...this.childBuses].reverse()) {
      for (const child of [...bus.devices]) child.remove();
      bus.realized = false;
    }
    if (this.#realized) this.onUnrealize();
    this.system.deviceLeaves(this);
    this.#realized = false;
    this.#withdrawn = false;
    for (const step of partings) step();
    if (this.type.class.neverFinalized !== true) this.system.deviceUnrealized(this);
    this.#isLeaving = false;
    this.#leaveBus();
  }

  /** Everything on the device's buses lets go before anything is taken away. */
  #prepareToLeave(): void {
    for (const bus of [...this.childBuses].reverse())
      for (const child of [...bus.devices]) if (child.parentBus === bus) child.#prepareToLeave();
    this.onLeaving();
  }

  /** Changes buses while the device is being realized: one that it was put on only to be found. */
  protected moveTo(bus: Bus): void {
    if (bus === this.#parentBus) return;
    this.#leaveBus();
    bus.addDevice(this);
    this.#parentBus = bus;
  }

  #leaveBus(): void {
    this.#parentBus?.removeDevice(this);
    this.#parentBus = undefined;
  }

  /** Unrealizes the device and takes it out of the tree. */
  remove(): void {
    this.unrealize();
    if (this.type.class.neverFinalized === true) this.unparent();
    else this.discard();
  }

  /** Takes a device that is not in service out of the tree and lets go of everything it holds. */
  discard(): void {
    for (const child of this.children.values()) if (child instanceof Device) child.discard();
    for (const step of this.#finalizers.splice(0).reverse()) step();
    this.unparent();
  }

  /** Registers what must be let go of with this device, e.g. a backend taken by a property. */
  onFinalize(step: () => void): void {
    this.#finalizers.push(step);
  }

  /** Somebody leads to the device: that it is gone is announced when the last has let go. @returns how to let go */
  keep(): () => void {
    this.#keepers++;
    return () => {
      if (--this.#keepers === 0) for (const step of this.#whenLetGo.splice(0)) step();
    };
  }

  /** Does something once nobody keeps the device: now, if that is so. */
  whenLetGo(step: () => void): void {
    if (this.#keepers === 0) step();
    else this.#whenLetGo.push(step);
  }

  /** @param prepare asked when the device begins to go, for what must be done just before that is announced */
  onParting(prepare: () => () => void): void {
    this.#partings.push(prepare);
  }

  /** Who is asked and told about this device coming and going: the bus's handler or the machine. */
  hotplugHandler(): HotplugHandler | undefined {
    return this.system.hotplugHandlerFor(this);
  }

  /**
   * Whether QEMU's threads may still look at the device once it is out of service, so that its end comes later:
   * as a rule that of a device on a bus, and of its parts with it.
   */
  get lingers(): boolean {
    const { parent } = this;
    return this.#parentBus !== undefined || (parent instanceof Device && parent.#isLeaving && parent.lingers);
  }

  /** What `info qtree` shows below the properties: lines about the device's place on its kind of bus. */
  get details(): readonly string[] {
    return [];
  }

  protected onRealize(): void {}
  protected onUnrealize(): void {}

  /** The device is about to go, with others perhaps; it may be told more than once. */
  protected onLeaving(): void {}

  /** Machine reset: back to the state after power-on. Called for realized devices, those behind them first. */
  onReset(): void {}
}

/** How a device on the main system bus shows registers that processors reach (see `Device.details`). */
export function mmioDetail(address: bigint, size: bigint): string {
  const hex = (value: bigint) => value.toString(16).padStart(16, '0');
  return `mmio ${hex(address)}/${hex(size)}`;
}

function onDevice<T>(read: (device: Device) => T, none: T): (object: QomObject) => T {
  return object => (object instanceof Device ? read(object) : none);
}

const DEVICE_PROPERTIES: readonly Property[] = [
  {
    name: 'realized',
    type: 'bool',
    get: onDevice(device => device.realized, false),
    set: (object, visitor) => {
      const inService = visitor.bool('realized');
      if (object instanceof Device) object.changeService(inService);
    },
  },
  { name: 'hotpluggable', type: 'bool', get: onDevice(device => device.hotpluggable, false) },
  { name: 'hotplugged', type: 'bool', get: onDevice(device => device.hotplugged, false) },
  linkProperty(
    'parent_bus',
    'bus',
    onDevice(device => device.parentBus, undefined),
  ),
];

export const DEVICE_TYPE: TypeInfo = {
  name: 'device',
  parent: 'object',
  abstract: true,
  interfaces: ['resettable', 'vmstate-if'],
  properties: DEVICE_PROPERTIES,
};
