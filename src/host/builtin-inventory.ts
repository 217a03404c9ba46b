import { HOST } from '../generated/hosts/power8.ts';
import type { HostInventory } from './inventory.ts';
import { inventoryFromFile } from './inventory-file.ts';

/**
 * The host that is simulated unless another is given: a POWER8 machine as when device assignment on the
 * normal PHB was new, with 32-bit windows only and a KVM that does not update them itself.
 */
export const BUILTIN_INVENTORY: HostInventory = inventoryFromFile(HOST);
