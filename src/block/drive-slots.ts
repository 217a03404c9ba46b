import { QmpError } from '../base/errors.ts';

/** What drives can be connected to, as `if=` has it. */
export const DRIVE_INTERFACES = [
  'none',
  'ide',
  'scsi',
  'floppy',
  'pflash',
  'mtd',
  'sd',
  'virtio',
  'xen',
] as const;

export type DriveInterface = (typeof DRIVE_INTERFACES)[number];

/** Where a drive is, counted by buses of its interface and units on each of them. */
export interface DrivePlace {
  readonly interface: DriveInterface;
  readonly bus: number;
  readonly unit: number;
}

/** A drive in its place, for the board to make a device of. */
export interface DriveSlot extends DrivePlace {
  /** The drive's name. */
  readonly id: string;
  readonly media: 'disk' | 'cdrom';
  /** Where the user asked for it. */
  readonly location: string | undefined;
  /** Whether nobody asked for it: then nobody misses it either. */
  readonly isDefault: boolean;
}

/** What a user says of a drive's place: the bus and unit, or an index that counts them all. */
export interface PlaceRequest {
  readonly interface: DriveInterface;
  readonly index?: number | undefined;
  readonly bus?: number | undefined;
  readonly unit?: number | undefined;
}

const SCSI_UNITS = 7;

/** The places of a machine's drives. */
export class DriveSlots {
  readonly #slots: DriveSlot[] = [];
  /** Drives on each IDE cable of the board. */
  idePerBus = 2;

  get all(): readonly DriveSlot[] {
    return this.#slots;
  }

  add(slot: DriveSlot): void {
    this.#slots.push(slot);
  }

  remove(id: string): void {
    const index = this.#slots.findIndex(slot => slot.id === id);
    if (index >= 0) this.#slots.splice(index, 1);
  }

  /** Units on each bus of an interface; undefined where all are on one bus. */
  unitsPerBus(kind: DriveInterface): number | undefined {
    if (kind === 'ide') return this.idePerBus;
    return kind === 'scsi' ? SCSI_UNITS : undefined;
  }

  /** The place that the user means: the first free one from there on, unless the unit is given. @throws QmpError */
  choose({ interface: kind, index, bus, unit }: PlaceRequest): DrivePlace {
    const units = this.unitsPerBus(kind);
    if (index !== undefined) {
      if (bus !== undefined || unit !== undefined)
        throw new QmpError('index cannot be used with bus and unit');
      return this.#checkFree(this.#byIndex(kind, index), index);
    }
    if (unit === undefined) return this.#firstFree(kind, bus ?? 0);
    if (units !== undefined && unit >= units)
      throw new QmpError(`unit ${unit} too big (max is ${units - 1})`);
    return this.#checkFree({ interface: kind, bus: bus ?? 0, unit }, -1);
  }

  #byIndex(kind: DriveInterface, index: number): DrivePlace {
    const units = this.unitsPerBus(kind);
    return units === undefined
      ? { interface: kind, bus: 0, unit: index }
      : { interface: kind, bus: Math.trunc(index / units), unit: index % units };
  }

  #firstFree(kind: DriveInterface, firstBus: number): DrivePlace {
    const units = this.unitsPerBus(kind) ?? Number.POSITIVE_INFINITY;
    let place: DrivePlace = { interface: kind, bus: firstBus, unit: 0 };
    while (this.at(place) !== undefined) {
      place =
        place.unit + 1 < units
          ? { ...place, unit: place.unit + 1 }
          : { ...place, bus: place.bus + 1, unit: 0 };
    }
    return place;
  }

  /** @param index -1 where the user gave none */
  #checkFree(place: DrivePlace, index: number): DrivePlace {
    if (this.at(place) === undefined) return place;
    throw new QmpError(`drive with bus=${place.bus}, unit=${place.unit} (index=${index}) exists`);
  }

  at(place: DrivePlace): DriveSlot | undefined {
    return this.#slots.find(
      ({ interface: kind, bus, unit }) =>
        kind === place.interface && bus === place.bus && unit === place.unit,
    );
  }

  /** Whether the drive of this name is one that a device takes by itself. */
  isPlaced(id: string): boolean {
    return this.#slots.some(slot => slot.id === id && slot.interface !== 'none');
  }

  byIndex(kind: DriveInterface, index: number): DriveSlot | undefined {
    return this.at(this.#byIndex(kind, index));
  }

  /** The last bus of an interface that drives are on; -1 if there are none. */
  lastBus(kind: DriveInterface): number {
    return Math.max(-1, ...this.of(kind).map(({ bus }) => bus));
  }

  /** Those of one interface, in the order of their places. */
  of(kind: DriveInterface): readonly DriveSlot[] {
    return this.#slots
      .filter(slot => slot.interface === kind)
      .sort((a, b) => a.bus - b.bus || a.unit - b.unit);
  }

  /** The name of a drive that was given none: `scsi0-cd2`, `virtio1`, `none0`. */
  nameOf({ interface: kind, bus, unit }: DrivePlace, media: DriveSlot['media']): string {
    const suffix = kind === 'ide' || kind === 'scsi' ? (media === 'cdrom' ? '-cd' : '-hd') : '';
    return `${kind}${this.unitsPerBus(kind) === undefined ? '' : bus}${suffix}${unit}`;
  }
}
