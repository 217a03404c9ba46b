import type { Machine } from '../machine/machine.ts';
import { clockCommands } from './clock-commands.ts';
import { type QtestCommands, QtestFailure } from './command.ts';
import { INTERRUPT_COMMANDS } from './interrupt-commands.ts';
import { MEMORY_COMMANDS } from './memory-commands.ts';
import { PORT_COMMANDS } from './port-commands.ts';
import { RTAS_COMMANDS } from './rtas-commands.ts';

/** QEMU's modules whose types of devices are here, and one of the types that each brings. */
const MODULES: ReadonlyMap<string, string> = new Map([
  ['hw-display-qxl', 'qxl'],
  ['hw-display-virtio-gpu', 'virtio-gpu-device'],
  ['hw-display-virtio-gpu-pci', 'virtio-gpu-pci'],
  ['hw-display-virtio-vga', 'virtio-vga'],
  ['hw-usb-redirect', 'usb-redir'],
]);

const GENERAL_COMMANDS: QtestCommands = {
  endianness: ({ machine }) => (machine.system.bigEndian ? ' big' : ' little'),
  // There is nothing to load, but what a module would bring is there, or is not.
  module_load: async ({ machine }, words) => {
    const type = MODULES.get(`${words.text(0)}${words.text(1)}`);
    await machine.system.types.complete();
    if (type === undefined || machine.system.types.load(type) === undefined) throw new QtestFailure('');
    return undefined;
  },
};

/** The commands that a machine of this kind has. */
export function commandsFor(machine: Machine): QtestCommands {
  return {
    ...GENERAL_COMMANDS,
    ...MEMORY_COMMANDS,
    ...PORT_COMMANDS,
    ...INTERRUPT_COMMANDS,
    ...(machine.qtestClock === undefined ? {} : clockCommands(machine.qtestClock)),
    ...(machine.guestPlatform.kind === 'papr' ? RTAS_COMMANDS : {}),
  };
}
