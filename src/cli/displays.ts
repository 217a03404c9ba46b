/** `-vga`, and the display that a board has without it. */

import type { BoardTraits, DisplayKind, EquipmentWishes } from '../machine/board.ts';
import type { Configuration } from './configuration.ts';
import { CliError } from './errors.ts';
import type { Target } from './target.ts';

/** Display adapters as QEMU calls them when it has none. */
const DISPLAY_NAMES: Readonly<Record<string, string>> = {
  qxl: 'QXL VGA',
  virtio: 'Virtio VGA',
  tcx: 'TCX framebuffer',
  cg3: 'CG3 framebuffer',
};
const KINDS: Readonly<Record<Target, readonly DisplayKind[]>> = {
  ppc64: ['none', 'std', 'cirrus', 'vmware'],
  x86_64: ['none', 'std', 'cirrus', 'vmware', 'virtio'],
};
/** Adapters that QEMU has for a target, but this simulator has not. */
const NOT_SIMULATED: Readonly<Record<Target, readonly string[]>> = { ppc64: [], x86_64: ['qxl'] };

/** The display adapter of a board. @throws CliError for one that cannot be had */
export function chooseDisplay(
  { vga, defaultParts, bringsDisplay, target }: Configuration,
  board: BoardTraits,
): EquipmentWishes['display'] {
  if (vga === undefined) {
    if (bringsDisplay) return "user's";
    return defaultParts.has('display') ? board.display : 'none';
  }
  const kind = KINDS[target].find(each => each === vga);
  if (kind !== undefined) return kind;
  if (NOT_SIMULATED[target].includes(vga)) throw CliError.at(undefined, `'-vga ${vga}' is not simulated`);
  throw new CliError(
    ['type is NULL', `${DISPLAY_NAMES[vga]} not available`].map(message => ({ severity: 'error', message })),
  );
}

export const UNUSED_DISPLAY =
  'A -vga option was passed but this machine type does not use that option; No VGA device has been created';

/** Whether the user wants a display on a board that never has any. */
export function isDisplayUnused({ vga }: Configuration, { parts }: BoardTraits): boolean {
  return vga !== undefined && vga !== 'none' && !parts.includes('display');
}
