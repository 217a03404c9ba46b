import { QmpError } from '../base/errors.ts';
import { machineRam, placeRam } from '../objects/machine-ram.ts';
import type { Machine } from './machine.ts';
import { NONE } from './none.ts';
import { memory } from './properties.ts';

const NO_LOADER = "The -kernel parameter is not supported (use the generic 'loader' device instead).";

/** Memory for a machine without anything, if the user wants any. @throws QmpError for what nobody could do */
export function buildEmptyBoard(machine: Machine): void {
  if (machine.getProperty('kernel') !== '') throw new QmpError(NO_LOADER);
  const { size } = machine.value(memory);
  const { 'default-ram-id': id } = NONE.info;
  if (size === 0n || id === undefined) return;
  const ram = machineRam(machine, id);
  machine.systemMemory.addSubregion(0n, ram.region);
  placeRam(machine, ram, 0n, size, 0n);
}
