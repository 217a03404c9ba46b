import { IDE_DRIVE_TYPES } from '../ide/drives.ts';
import { NVME_TYPES } from '../nvme/types.ts';
import { PCI_TYPES } from '../pci/types.ts';
import type { TypeInfo } from '../qom/type.ts';
import { SCSI_TYPES } from '../scsi/types.ts';
import { USB_TYPES } from '../usb/types.ts';
import { FOREIGN_PART_TYPES } from './foreign-parts.ts';
import { GENERIC_LOADER_TYPE } from './generic-loader.ts';
import { NVDIMM_TYPE } from './nvdimm.ts';

/** The emulated devices that any machine with a PCI bus can have. */
export const EMULATED_DEVICE_TYPES: readonly TypeInfo[] = [
  ...PCI_TYPES,
  ...SCSI_TYPES,
  ...IDE_DRIVE_TYPES,
  ...NVME_TYPES,
  ...USB_TYPES,
  GENERIC_LOADER_TYPE,
  NVDIMM_TYPE,
  ...FOREIGN_PART_TYPES,
];
