import { QmpError } from '../base/errors.ts';
import { drive } from '../qdev/backend-properties.ts';
import {
  BLOCK_ERROR_PROPERTIES,
  BLOCK_PROPERTIES,
  CHS_PROPERTIES,
  insertNothing,
  LCHS_PROPERTIES,
  openMedium,
  requireMedium,
  settleBlockSizes,
  settleDiscardGranularity,
  settleGeometry,
} from '../qdev/block-properties.ts';
import { bootindex } from '../qdev/bootindex.ts';
import { bit, bool, int32, str, uint16, uint32, uint64 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { ScsiDevice } from './bus.ts';

const LEAST_DISCARD = 4096n;
const GEOMETRY_LIMITS = { cylinders: 65535, heads: 255, sectors: 255 };
/** Characters of a serial number that can stand for a device. */
const DEVICE_ID_LENGTH = 20;

export const removable = bit('removable', false);
export const diskSerial = str('serial');
const deviceId = str('device_id');
const version = str('ver');
const vendor = str('vendor');
const product = str('product');

/** A disk or CD-ROM drive (SBC-3, MMC-6). */
abstract class ScsiDrive extends ScsiDevice {
  protected abstract readonly productName: string;

  protected override onScsiRealize(): void {
    this.prepareMedium();
    const medium = requireMedium(this);
    this.checkMedium(medium.present);
    if (this.value(product) === undefined) this.setValue(product, this.productName);
    this.settleMedium();
    settleDiscardGranularity(this, LEAST_DISCARD);
    if (this.value(version) === undefined) this.setValue(version, this.system.hardwareVersion);
    if (this.value(vendor) === undefined) this.setValue(vendor, 'QEMU');
    if (this.value(deviceId) === undefined) {
      const id = this.value(diskSerial)?.slice(0, DEVICE_ID_LENGTH) ?? medium.backendName;
      if (id !== '') this.setValue(deviceId, id);
    }
  }

  protected abstract prepareMedium(): void;
  protected abstract checkMedium(present: boolean): void;
  protected abstract settleMedium(): void;
}

class ScsiDisk extends ScsiDrive {
  protected readonly productName = 'QEMU HARDDISK';

  protected prepareMedium(): void {
    settleBlockSizes(this);
  }

  protected checkMedium(present: boolean): void {
    if (!present && !this.value(removable)) throw new QmpError('Device needs media, but drive is empty');
  }

  protected settleMedium(): void {
    const medium = requireMedium(this);
    settleGeometry(this, medium, GEOMETRY_LIMITS);
    openMedium(this, medium);
  }
}

class ScsiCdrom extends ScsiDrive {
  protected readonly productName = 'QEMU CD-ROM';

  protected prepareMedium(): void {
    insertNothing(this);
  }

  protected checkMedium(): void {}

  protected settleMedium(): void {
    settleBlockSizes(this);
    openMedium(this, requireMedium(this), { readOnly: true, fixedSize: true });
  }
}

/** A device of the host's, passed through as it is: media here are never SCSI devices. */
class ScsiPassThrough extends ScsiDevice {
  protected override onScsiRealize(): void {
    requireMedium(this);
    throw new QmpError(
      'cannot get SG_IO version number: Operation not supported',
      'GenericError',
      'Is this a SCSI device?',
    );
  }
}

const maxIo = uint64('max_io_size', 2147483647n);
const maxUnmap = uint64('max_unmap_size', 1073741824n);

/** Names by which an initiator knows a drive, … */
const NAMES = [version, diskSerial, vendor, product, deviceId] as const;
/** … and numbers. */
const PORT = [uint64('wwn', 0n), uint64('port_wwn', 0n), uint16('port_index', 0)] as const;
const scsiVersion = int32('scsi_version', 5);
const vendorPage = bit('quirk_mode_page_vendor_specific_apple', false);

const PASS_THROUGH = [drive, bool('share-rw', false), uint32('io_timeout', 30), bootindex] as const;

export const SCSI_DISK_TYPES: readonly TypeInfo[] = [
  { name: 'scsi-disk-base', parent: 'scsi-device', abstract: true },
  {
    name: 'scsi-hd',
    parent: 'scsi-disk-base',
    properties: [
      ...BLOCK_PROPERTIES,
      ...BLOCK_ERROR_PROPERTIES,
      ...NAMES,
      removable,
      bit('dpofua', false),
      ...PORT,
      maxUnmap,
      maxIo,
      uint16('rotation_rate', 0),
      scsiVersion,
      vendorPage,
      ...CHS_PROPERTIES,
      ...LCHS_PROPERTIES,
      bootindex,
    ],
    create: type => new ScsiDisk(type),
    class: { description: 'virtual SCSI disk' },
  },
  {
    name: 'scsi-cd',
    parent: 'scsi-disk-base',
    properties: [
      ...BLOCK_PROPERTIES,
      ...BLOCK_ERROR_PROPERTIES,
      ...NAMES,
      ...PORT,
      maxIo,
      scsiVersion,
      bit('quirk_mode_page_apple_vendor', false),
      bit('quirk_mode_sense_rom_use_dbd', false),
      vendorPage,
      bit('quirk_mode_page_truncated', false),
      bootindex,
    ],
    create: type => new ScsiCdrom(type),
    class: { description: 'virtual SCSI CD-ROM', media: 'tray' },
  },
  {
    name: 'scsi-block',
    parent: 'scsi-disk-base',
    properties: [
      ...PASS_THROUGH,
      ...BLOCK_ERROR_PROPERTIES,
      maxUnmap,
      maxIo,
      uint16('rotation_rate', 0),
      int32('scsi_version', -1),
    ],
    create: type => new ScsiPassThrough(type),
    class: { description: 'SCSI block device passthrough' },
  },
  {
    name: 'scsi-generic',
    parent: 'scsi-device',
    properties: PASS_THROUGH,
    create: type => new ScsiPassThrough(type),
    class: { description: 'pass through generic scsi device (/dev/sg*)' },
  },
];
