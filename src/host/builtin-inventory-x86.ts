import { HOST } from '../generated/hosts/x86.ts';
import type { HostInventory } from './inventory.ts';
import { inventoryFromFile } from './inventory-file.ts';

/**
 * The host below x86 machines unless another is given: a workstation with VT-d, and the same cards as the
 * built-in POWER8 host has.
 */
export const BUILTIN_X86_INVENTORY: HostInventory = inventoryFromFile(HOST);
