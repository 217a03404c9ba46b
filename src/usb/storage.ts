import { drive } from '../qdev/backend-properties.ts';
import {
  BLOCK_ERROR_PROPERTIES,
  BLOCK_PROPERTIES,
  openMedium,
  requireMedium,
  settleBlockSizes,
  shareRw,
} from '../qdev/block-properties.ts';
import { bootindex } from '../qdev/bootindex.ts';
import { Device } from '../qdev/device.ts';
import { bool, uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { ScsiBus } from '../scsi/bus.ts';
import { removable as diskRemovable, diskSerial } from '../scsi/disks.ts';
import { serial, settableAttached, UsbDevice } from './device.ts';

const removable = bool('removable', false);
const MASS_STORAGE = 'QEMU USB MSD';

/** A disk on a stick: the USB side of it, with a SCSI disk of its own behind. */
class UsbStorage extends UsbDevice {
  protected override onUsbRealize(): void {
    const medium = requireMedium(this);
    settleBlockSizes(this);
    openMedium(this, medium);
    const bus = new ScsiBus(this, { channel: 0, target: 0, lun: 0 });
    const disk = this.type.registry.create('scsi-hd');
    if (!(disk instanceof Device)) throw new Error('scsi-hd is no device');
    bus.addChild('legacy[*]', disk);
    // From now on the medium is the disk's.
    this.setValue(drive, undefined);
    disk.setValue(drive, medium);
    medium.move(disk);
    disk.setValue(diskRemovable, this.value(removable));
    const number = this.value(serial);
    if (number !== undefined) disk.setValue(diskSerial, number);
    disk.setValue(shareRw, this.value(shareRw));
    for (const policy of BLOCK_ERROR_PROPERTIES) disk.setValue(policy, this.value(policy));
    disk.realize(bus);
  }

  protected override onUsbUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}

/** An adapter for SCSI devices that the user plugs in. */
class UsbScsiAdapter extends UsbDevice {
  protected override onUsbRealize(): void {
    const luns = this.type.name === 'usb-uas' ? 255 : 15;
    new ScsiBus(this, { channel: 0, target: 0, lun: luns });
    // Whoever plugs it in at run time attaches it when its devices are there.
    if (!this.hotplugged) this.attach();
  }

  protected override onUsbUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}

export const USB_STORAGE_TYPES: readonly TypeInfo[] = [
  { name: 'usb-storage-dev', parent: 'usb-device', abstract: true },
  {
    name: 'usb-storage',
    parent: 'usb-storage-dev',
    properties: [
      ...BLOCK_PROPERTIES,
      ...BLOCK_ERROR_PROPERTIES,
      removable,
      bool('commandlog', false),
      bootindex,
    ],
    create: type => new UsbStorage(type),
    class: { category: 'storage', usb: { product: MASS_STORAGE, speeds: ['full', 'high', 'super'] } },
  },
  {
    name: 'usb-bot',
    parent: 'usb-storage-dev',
    properties: [settableAttached],
    create: type => new UsbScsiAdapter(type),
    class: {
      category: 'storage',
      usb: { product: MASS_STORAGE, speeds: ['full', 'high', 'super'], detached: 'by-user' },
    },
  },
  {
    name: 'usb-uas',
    parent: 'usb-device',
    properties: [uint32('log-scsi-req', 0), settableAttached],
    create: type => new UsbScsiAdapter(type),
    class: {
      category: 'storage',
      unsavedState: 'usb-uas',
      usb: { product: 'USB Attached SCSI HBA', speeds: ['full', 'high', 'super'], detached: 'by-user' },
    },
  },
];
