import { readFileSync } from 'node:fs';
import { validateHostInventory } from '../generated/host-inventory.js';
import type { HostInventory } from './inventory.ts';
import { loadInventory } from './inventory-file.ts';

/** Reads an inventory file. @throws InventoryError for what it says, or what the system says of the file */
export function readInventory(path: string): HostInventory {
  return loadInventory(readFileSync(path, 'utf8'), validateHostInventory);
}
