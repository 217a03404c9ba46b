import type { TypeInfo } from '../qom/type.ts';
import { AHCI_TYPES } from './ahci.ts';
import { IDE_BUS_TYPES } from './bus.ts';
import { IDE_DRIVE_TYPES } from './drives.ts';

/** ATA drives, and the controllers for them that any machine can have. */
export const IDE_TYPES: readonly TypeInfo[] = [...IDE_BUS_TYPES, ...IDE_DRIVE_TYPES, ...AHCI_TYPES];
