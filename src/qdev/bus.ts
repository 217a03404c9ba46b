import { QmpError } from '../base/errors.ts';
import { QomObject } from '../qom/object.ts';
import { linkProperty } from '../qom/property.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import type { Device } from './device.ts';
import type { HotplugHandler } from './hotplug.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    /** How many devices a bus of this type takes at most; absent for no limit. */
    readonly maxDevices?: number;
  }
}

/** A bus: holds devices, newest first, and belongs to a device (or, the main system bus, to nobody). */
export class Bus extends QomObject {
  realized = false;
  /** Asked and told when a device comes or goes after start; without one the bus refuses that. */
  hotplugHandler: HotplugHandler | undefined;
  /** Whom QOM shows as the handler, where that is not the handler itself. */
  shownHotplugHandler: QomObject | undefined;
  readonly #devices: Device[] = [];
  #nextIndex = 0;

  constructor(
    type: QomType,
    /** As users name it: `pci.0`. Not necessarily unique. */
    readonly busName: string,
    readonly owner: Device | undefined,
  ) {
    super(type);
    if (owner !== undefined) {
      owner.addChild(busName, this);
      owner.childBuses.push(this);
    }
  }

  /** Newest first, the order in which QEMU searches and lists them. */
  get devices(): readonly Device[] {
    return this.#devices;
  }

  get isFull(): boolean {
    const limit = this.type.class.maxDevices;
    return limit !== undefined && this.#devices.length >= limit;
  }

  /** Whether devices can come and go after start. */
  get isHotpluggable(): boolean {
    return this.hotplugHandler !== undefined;
  }

  /** For `Device.realize`. */
  addDevice(device: Device): void {
    this.#devices.unshift(device);
    this.addProperty(linkProperty(`child[${this.#nextIndex++}]`, device.type.name, () => device));
  }

  /** For `Device.unrealize`. */
  removeDevice(device: Device): void {
    const index = this.#devices.indexOf(device);
    if (index < 0) return;
    this.#devices.splice(index, 1);
    for (const property of this.properties()) {
      if (property.name.startsWith('child[') && property.target?.(this) === device) {
        this.removeProperty(property.name);
        break;
      }
    }
  }

  /** Where a device on this bus is, as saved states and their faults name it; undefined if places have no names. */
  devicePath(_device: Device): string | undefined {
    return undefined;
  }
}

/** The name of a bus that was given none: after its owner's id, else after its type with a running number. */
export function defaultBusName(owner: Device, type: string): string {
  return owner.id !== undefined
    ? `${owner.id}.${owner.childBuses.length}`
    : owner.system.automaticBusName(type);
}

export const BUS_TYPES: readonly TypeInfo[] = [
  {
    name: 'bus',
    parent: 'object',
    abstract: true,
    interfaces: ['resettable'],
    instanceProperties: [
      {
        name: 'realized',
        type: 'bool',
        get: object => object instanceof Bus && object.realized,
        set: (object, visitor) => {
          // Taking a bus out of service would take its devices with it, without asking anybody.
          if (!visitor.bool('realized'))
            throw new QmpError(`Property '${object.type.name}.realized' can't be changed by a client`);
          if (object instanceof Bus) object.realized = true;
        },
      },
      linkProperty('hotplug-handler', 'hotplug-handler', object =>
        object instanceof Bus
          ? (object.shownHotplugHandler ?? object.hotplugHandler?.hotplugObject)
          : undefined,
      ),
    ],
  },
  { name: 'System', parent: 'bus' },
];
