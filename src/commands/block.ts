import { changeMedium, closeTray, eject, insertMedium, openTray, removeMedium } from '../block/media.ts';
import type { CommandHandlers } from './context.ts';

export const blockCommands: CommandHandlers<
  | 'eject'
  | 'blockdev-open-tray'
  | 'blockdev-close-tray'
  | 'blockdev-remove-medium'
  | 'blockdev-insert-medium'
  | 'blockdev-change-medium'
> = {
  // No guest locks a tray, so that nothing has to be forced.
  eject: ({ machine }, { device, id }) => eject(machine.blocks, { device, id }),
  'blockdev-open-tray': ({ machine }, { device, id }) => openTray(machine.blocks, { device, id }),
  'blockdev-close-tray': ({ machine }, which) => closeTray(machine.blocks, which),
  'blockdev-remove-medium': ({ machine }, which) => removeMedium(machine.blocks, which),
  'blockdev-insert-medium': ({ machine }, { id, 'node-name': node }) =>
    insertMedium(machine.blocks, id, node),
  'blockdev-change-medium': ({ machine }, { device, id, filename, format, 'read-only-mode': mode }) =>
    changeMedium(machine.blocks, { device, id }, { filename, format, mode }),
};
