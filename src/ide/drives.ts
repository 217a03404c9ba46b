import { QmpError } from '../base/errors.ts';
import { drive } from '../qdev/backend-properties.ts';
import {
  BLOCK_ERROR_PROPERTIES,
  BLOCK_PROPERTIES,
  CHS_PROPERTIES,
  discardGranularity,
  GRANULARITY_UNSET,
  insertNothing,
  isWithin,
  LCHS_PROPERTIES,
  logicalBlockSize,
  openMedium,
  requireMedium,
  settleBlockSizes,
  settleGeometry,
} from '../qdev/block-properties.ts';
import { bootindex } from '../qdev/bootindex.ts';
import { choice, str, uint16, uint64 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { IdeDevice, unit } from './bus.ts';

/** All that the command set knows (ATA/ATAPI-6, 4.1), bytes. */
const SECTOR_SIZE = 512n;
/** What firmware could address before there was any translation. */
const OLDEST_LIMITS = { cylinders: 1024, heads: 16, sectors: 63 };
const GEOMETRY_LIMITS = { cylinders: 65535, heads: 16, sectors: 255 };

const version = str('ver');
const serial = str('serial');
const TRANSLATIONS = ['auto', 'none', 'lba', 'large', 'rechs'] as const;
/** How firmware turns its own geometry into the drive's; settled with the geometry. */
const translation = choice(
  'bios-chs-trans',
  'BiosAtaTranslation',
  TRANSLATIONS,
  'auto',
  `Logical CHS translation algorithm, ${TRANSLATIONS.join('/')}`,
);

abstract class IdeDrive extends IdeDevice {
  protected onIdeRealize(): void {
    this.prepareMedium();
    if (this.value(discardGranularity) === GRANULARITY_UNSET) this.setValue(discardGranularity, SECTOR_SIZE);
    const granularity = this.value(discardGranularity);
    if (granularity !== 0n && granularity !== SECTOR_SIZE)
      throw new QmpError(`discard_granularity must be ${SECTOR_SIZE} for ide`);
    settleBlockSizes(this);
    if (this.value(logicalBlockSize) !== SECTOR_SIZE)
      throw new QmpError(`logical_block_size must be ${SECTOR_SIZE} for IDE`);
    this.settleMedium();
    if (this.value(version) === undefined) this.setValue(version, this.system.hardwareVersion);
    if (this.value(serial) === undefined) this.setValue(serial, this.#automaticSerial());
  }

  #automaticSerial(): string {
    const number = this.ideBus.firstDrive + this.value(unit);
    return `QM${String(number).padStart(5, '0')}`;
  }

  /** Sees to it that there is something behind the drive. @throws QmpError */
  protected abstract prepareMedium(): void;
  protected abstract settleMedium(): void;
}

class IdeDisk extends IdeDrive {
  protected prepareMedium(): void {
    if (this.value(drive) === undefined) throw new QmpError('No drive specified');
  }

  protected settleMedium(): void {
    const medium = requireMedium(this);
    settleGeometry(this, medium, GEOMETRY_LIMITS);
    if (this.value(translation) === 'auto')
      this.setValue(translation, isWithin(this, OLDEST_LIMITS) ? 'none' : 'lba');
    if (!medium.present) throw new QmpError('Device needs media, but drive is empty');
    openMedium(this, medium, { readOnly: false });
  }
}

class IdeCdrom extends IdeDrive {
  protected prepareMedium(): void {
    insertNothing(this);
  }

  protected settleMedium(): void {
    openMedium(this, requireMedium(this), { readOnly: true, fixedSize: true });
  }
}

const COMMON = [
  ...BLOCK_PROPERTIES,
  ...BLOCK_ERROR_PROPERTIES,
  version,
  uint64('wwn', 0n),
  serial,
  str('model'),
] as const;

export const IDE_DRIVE_TYPES: readonly TypeInfo[] = [
  {
    name: 'ide-hd',
    parent: 'ide-device',
    properties: [
      ...COMMON,
      ...CHS_PROPERTIES,
      ...LCHS_PROPERTIES,
      translation,
      uint16('rotation_rate', 0),
      bootindex,
    ],
    create: type => new IdeDisk(type),
    class: { description: 'virtual IDE disk' },
  },
  {
    name: 'ide-cd',
    parent: 'ide-device',
    properties: [...COMMON, bootindex],
    create: type => new IdeCdrom(type),
    class: { description: 'virtual IDE CD-ROM', media: 'tray' },
  },
];
