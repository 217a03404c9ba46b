import { QmpError } from '../base/errors.ts';
import { Bus, defaultBusName } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';

const UNSET = 0xffffffff;
/** Master and slave, whether or not the controller can have both. */
const UNITS = 2;

/** 0 for the master, 1 for the slave. */
export const unit = uint32('unit', UNSET);

/** A cable with one or two ATA drives on it, which neither come nor go while the machine runs. */
export class IdeBus extends Bus {
  /** Counts the drives that there could be in a machine. */
  readonly firstDrive: number;

  constructor(
    owner: Device,
    /** How many drives it takes: two with parallel ATA, one with serial. */
    readonly units: number,
  ) {
    super(owner.type.registry.require('IDE'), defaultBusName(owner, 'IDE'), owner);
    this.firstDrive = owner.system.nextNumber('IDE bus') * UNITS + 1;
  }

  at(wanted: number, other: IdeDevice): IdeDevice | undefined {
    return this.devices.find(
      (device): device is IdeDevice =>
        device instanceof IdeDevice && device !== other && device.value(unit) === wanted,
    );
  }
}

/** A drive on an IDE bus. */
export abstract class IdeDevice extends Device {
  get ideBus(): IdeBus {
    const bus = this.parentBus;
    if (!(bus instanceof IdeBus)) throw new Error(`${this.type.name} is not on an IDE bus`);
    return bus;
  }

  protected override onRealize(): void {
    const bus = this.ideBus;
    if (this.value(unit) === UNSET) this.setValue(unit, bus.at(0, this) === undefined ? 0 : 1);
    const wanted = this.value(unit);
    if (wanted >= bus.units)
      throw new QmpError(`Can't create IDE unit ${wanted}, bus supports only ${bus.units} units`);
    if (bus.at(wanted, this) !== undefined) throw new QmpError(`IDE unit ${wanted} is in use`);
    this.onIdeRealize();
  }

  protected abstract onIdeRealize(): void;
}

export const IDE_BUS_TYPES: readonly TypeInfo[] = [
  { name: 'IDE', parent: 'bus', class: { maxDevices: UNITS } },
  {
    name: 'ide-device',
    parent: 'device',
    abstract: true,
    properties: [unit],
    class: { busType: 'IDE', category: 'storage' },
  },
];
