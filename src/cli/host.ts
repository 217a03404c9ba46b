import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostInventory } from '../host/inventory.ts';
import { CliError } from './errors.ts';

/** Inventories that come with the program. */
const SHIPPED = join(import.meta.dirname, 'hosts');

/** The host of `-host NAME|FILE`. @throws CliError */
export async function readHost(host: string): Promise<HostInventory> {
  const { readInventory } = await import('../host/read-inventory.ts');
  try {
    return readInventory(pathOf(host));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw CliError.at(
      `-host ${host}`,
      /^[\w-]+$/.test(host) ? `${reason}; known hosts are: ${names()}` : reason,
    );
  }
}

/** A name without a dot or a slash is one of ours, if we have it. */
function pathOf(host: string): string {
  const shipped = join(SHIPPED, `${host}.json`);
  return /^[\w-]+$/.test(host) && existsSync(shipped) ? shipped : host;
}

function names(): string {
  return readdirSync(SHIPPED)
    .map(file => file.replace(/\.json$/, ''))
    .sort()
    .join(', ');
}
