import { QmpError } from '../base/errors.ts';
import { Bus, defaultBusName } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import { uint32 } from '../qdev/properties.ts';
import type { QomObject } from '../qom/object.ts';
import type { TypeInfo } from '../qom/type.ts';

/** Largest channel, target and logical unit number of a bus. */
export interface ScsiLimits {
  readonly channel: number;
  readonly target: number;
  readonly lun: number;
}

const UNSET = 0xffffffff;

const channel = uint32('channel', 0);
const target = uint32('scsi-id', UNSET);
const lun = uint32('lun', UNSET);

/** A SCSI bus. Unless its adapter says otherwise, devices come and go without anybody's consent. */
export class ScsiBus extends Bus implements HotplugHandler {
  constructor(
    owner: Device,
    readonly limits: ScsiLimits,
    /** The device that the user knows, where the owner is only a part of it. */
    whole: QomObject | undefined = owner,
  ) {
    super(owner.type.registry.require('SCSI'), nameOf(owner, whole), owner);
    this.hotplugHandler = this;
  }

  get hotplugObject(): this {
    return this;
  }

  unplug(): void {}

  at(wanted: ScsiAddress, other?: ScsiDevice): ScsiDevice | undefined {
    return this.devices.find(
      (device): device is ScsiDevice =>
        device instanceof ScsiDevice && device !== other && sameAddress(device.address, wanted),
    );
  }
}

function nameOf(owner: Device, whole: QomObject | undefined): string {
  const id = whole instanceof Device ? whole.id : undefined;
  return id === undefined ? defaultBusName(owner, 'SCSI') : `${id}.0`;
}

/** Where a device is on its bus. */
export interface ScsiAddress {
  readonly channel: number;
  readonly target: number;
  readonly lun: number;
}

function sameAddress(a: ScsiAddress, b: ScsiAddress): boolean {
  return a.channel === b.channel && a.target === b.target && a.lun === b.lun;
}

/** A logical unit on a SCSI bus. */
export class ScsiDevice extends Device {
  get address(): ScsiAddress {
    return { channel: this.value(channel), target: this.value(target), lun: this.value(lun) };
  }

  protected override onRealize(): void {
    this.#takeAddress();
    this.onScsiRealize();
  }

  protected onScsiRealize(): void {}

  /** Checks the address that the user gave, and chooses what was left open (SAM-5, 4.7: single level LUN structure). */
  #takeAddress(): void {
    const bus = this.parentBus;
    if (!(bus instanceof ScsiBus)) throw new Error(`${this.type.name} is not on a SCSI bus`);
    const { limits } = bus;
    const given = this.address;
    if (given.channel > limits.channel) throw new QmpError(`bad scsi channel id: ${given.channel}`);
    if (given.target !== UNSET && given.target > limits.target)
      throw new QmpError(`bad scsi device id: ${given.target}`);
    if (given.lun !== UNSET && given.lun > limits.lun)
      throw new QmpError(`bad scsi device lun: ${given.lun}`);
    if (given.target === UNSET) {
      if (given.lun === UNSET) this.setValue(lun, 0);
      this.setValue(target, this.#firstFree(bus, target, limits.target, 'no free target'));
    } else if (given.lun === UNSET) {
      this.setValue(lun, this.#firstFree(bus, lun, limits.lun, 'no free lun'));
    } else {
      const occupant = bus.at(given, this);
      if (occupant !== undefined) throw new QmpError(`lun already used by '${occupant.id ?? '(null)'}'`);
    }
  }

  #firstFree(bus: ScsiBus, which: typeof lun, largest: number, full: string): number {
    for (let number = 0; number <= largest; number++) {
      this.setValue(which, number);
      if (bus.at(this.address, this) === undefined) return number;
    }
    throw new QmpError(full);
  }
}

export const SCSI_BUS_TYPES: readonly TypeInfo[] = [
  { name: 'SCSI', parent: 'bus', interfaces: ['hotplug-handler'] },
  {
    name: 'scsi-device',
    parent: 'device',
    abstract: true,
    properties: [channel, target, lun],
    class: { busType: 'SCSI', category: 'storage' },
  },
];
