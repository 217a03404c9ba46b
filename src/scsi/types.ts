import type { TypeInfo } from '../qom/type.ts';
import { SCSI_BUS_TYPES } from './bus.ts';
import { SCSI_DISK_TYPES } from './disks.ts';
import { SCSI_ADAPTER_TYPES } from './host-adapters.ts';
import { VHOST_SCSI_TYPES } from './vhost-scsi.ts';
import { VIRTIO_SCSI_TYPES } from './virtio-scsi.ts';

/** SCSI: its bus, what is on it, and the PCI adapters that have one. */
export const SCSI_TYPES: readonly TypeInfo[] = [
  ...SCSI_BUS_TYPES,
  ...SCSI_DISK_TYPES,
  ...SCSI_ADAPTER_TYPES,
  ...VIRTIO_SCSI_TYPES,
  ...VHOST_SCSI_TYPES,
];
