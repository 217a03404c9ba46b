import type { TypeInfo } from '../qom/type.ts';
import { USB_BUS_TYPES } from './bus.ts';
import { EHCI_TYPES } from './controllers/ehci.ts';
import { USB1_CONTROLLER_TYPES } from './controllers/usb1.ts';
import { XHCI_TYPES } from './controllers/xhci.ts';
import { USB_DEVICE_TYPE } from './device.ts';
import { USB_INPUT_TYPES } from './input-devices.ts';
import { OTHER_USB_TYPES } from './other-devices.ts';
import { USB_STORAGE_TYPES } from './storage.ts';

/** USB: its bus, its controllers as PCI functions, and what can be plugged in. */
export const USB_TYPES: readonly TypeInfo[] = [
  ...USB_BUS_TYPES,
  ...USB1_CONTROLLER_TYPES,
  ...EHCI_TYPES,
  ...XHCI_TYPES,
  USB_DEVICE_TYPE,
  ...USB_INPUT_TYPES,
  ...USB_STORAGE_TYPES,
  ...OTHER_USB_TYPES,
];
