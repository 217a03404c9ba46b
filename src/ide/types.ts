import type { TypeInfo } from '../qom/type.ts';
import { AHCI_TYPES } from './ahci.ts';
import { IDE_BUS_TYPES } from './bus.ts';

/** What PCs have from the start: the bus, and a controller for it. */
export const IDE_BASE_TYPES: readonly TypeInfo[] = [...IDE_BUS_TYPES, ...AHCI_TYPES];
