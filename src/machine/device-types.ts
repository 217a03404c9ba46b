import { PCI_TYPES } from '../pci/types.ts';
import { QomObject } from '../qom/object.ts';
import type { TypeInfo } from '../qom/type.ts';
import { SCSI_TYPES } from '../scsi/types.ts';
import { USB_TYPES } from '../usb/types.ts';

/** The emulated devices that any machine with a PCI bus can have. */
export const EMULATED_DEVICE_TYPES: readonly TypeInfo[] = [...PCI_TYPES, ...SCSI_TYPES, ...USB_TYPES];

/** Objects that devices make for themselves where the user gives them none. */
export const DEFAULT_BACKEND_TYPES: readonly TypeInfo[] = [
  {
    name: 'rng-backend',
    parent: 'object',
    abstract: true,
    properties: [{ name: 'opened', type: 'bool', get: () => true }],
  },
  { name: 'rng-builtin', parent: 'rng-backend', create: type => new QomObject(type) },
];
