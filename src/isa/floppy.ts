import { QmpError } from '../base/errors.ts';
import { drive } from '../qdev/backend-properties.ts';
import type { Medium } from '../qdev/backends.ts';
import {
  BLOCK_PROPERTIES,
  insertNothing,
  logicalBlockSize,
  physicalBlockSize,
  settleBlockSizes,
} from '../qdev/block-properties.ts';
import { Device } from '../qdev/device.ts';
import { uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { FloppyController, type FloppyKind, fallbackKind, floppyKind } from './floppy-controller.ts';

const UNSET = 0xffffffff;
const UNITS = 2;
const SECTOR_SIZE = 512n;
const KIB = 1024n;

/** Sizes in KiB by which a drive can be told; all that are no others are read by the largest kind. */
const SIZES: readonly (readonly [kind: FloppyKind, sizes: readonly number[]])[] = [
  ['120', [160, 180, 320, 360, 410, 1200, 1476]],
  ['144', [720, 800, 820, 830, 1040, 1120, 1440, 1600, 1680, 1722, 1743, 1760, 1920]],
  ['288', [2880, 3040, 3120, 3200, 3360, 3444, 3486, 3520, 3840]],
];

const unit = uint32('unit', UNSET);
const kind = floppyKind('drive-type', 'auto');

/** A floppy drive, with a disk in it or none. */
class Floppy extends Device {
  protected override onRealize(): void {
    this.#takeUnit();
    insertNothing(this);
    settleBlockSizes(this);
    for (const property of [logicalBlockSize, physicalBlockSize]) {
      if (this.value(property) !== SECTOR_SIZE)
        throw new QmpError(`Physical and logical block size must be ${SECTOR_SIZE} for floppy`);
    }
    const medium = this.value(drive);
    if (this.value(kind) === 'auto') this.setValue(kind, this.#kindFor(medium));
    medium?.open({ write: !medium.readOnly, shareWrites: false, shareResize: true });
  }

  #takeUnit(): void {
    const taken = (number: number) =>
      this.parentBus?.devices.some(
        other => other instanceof Floppy && other !== this && other.value(unit) === number,
      );
    if (this.value(unit) === UNSET)
      this.setValue(unit, [0, 1].find(number => taken(number) !== true) ?? UNITS);
    const wanted = this.value(unit);
    if (wanted >= UNITS)
      throw new QmpError(`Can't create floppy unit ${wanted}, bus supports only ${UNITS} units`);
    if (taken(wanted) === true) throw new QmpError(`Floppy unit ${wanted} is in use`);
  }

  #kindFor(medium: Medium | undefined): FloppyKind {
    const size = medium?.size ?? 0n;
    const found = SIZES.find(([, sizes]) => sizes.some(each => BigInt(each) * KIB === size))?.[0];
    const owner = this.parentBus?.owner;
    return found ?? (owner instanceof FloppyController ? owner.value(fallbackKind) : '288');
  }
}

export const FLOPPY_TYPES: readonly TypeInfo[] = [
  {
    name: 'floppy',
    parent: 'device',
    properties: [unit, ...BLOCK_PROPERTIES, kind],
    create: type => new Floppy(type),
    class: {
      description: 'virtual floppy drive',
      category: 'storage',
      busType: 'floppy-bus',
      media: 'floppy',
    },
  },
];
