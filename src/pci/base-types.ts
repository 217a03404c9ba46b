import type { TypeInfo } from '../qom/type.ts';
import { PCI_BUS_TYPES } from './bus.ts';
import { PCI_DEVICE_TYPE } from './device.ts';

/** What a machine with a PCI bus has even if nothing is on it. */
export const PCI_BASE_TYPES: readonly TypeInfo[] = [...PCI_BUS_TYPES, PCI_DEVICE_TYPE];
