import type { BlockdevChangeReadOnlyMode } from '../../generated/types.ts';
import { oneOf } from '../choice.ts';
import { command } from '../command.ts';
import { driveName, filename, flag, optional, word } from '../parameters.ts';

const READ_ONLY_MODES: readonly BlockdevChangeReadOnlyMode[] = ['retain', 'read-only', 'read-write'];

/** What is in drives whose media can be changed. */
export const MEDIA_COMMANDS = [
  command({
    name: 'eject',
    usage: '[-f] device',
    help: 'eject a removable medium (use -f to force it)',
    parameters: { force: flag('f'), device: driveName },
    run: async ({ execute }, args) => await execute('eject', args),
  }),
  command({
    name: 'change',
    usage: 'device [-f] filename [format [read-only-mode]]',
    help: 'change a removable medium, optional format, use -f to force the operation',
    parameters: {
      device: driveName,
      force: flag('f'),
      target: filename,
      argument: optional(word),
      mode: optional(word),
    },
    run: async ({ execute, print }, { device, force, target, argument: format, mode: name }) => {
      if (device === 'vnc') {
        print(
          name === undefined
            ? vncComplaint(target, format)
            : "Parameter 'read-only-mode' is invalid for VNC\n",
        );
        return;
      }
      const mode = name === undefined ? undefined : oneOf(READ_ONLY_MODES, name);
      await execute('blockdev-change-medium', {
        device,
        filename: target,
        force,
        ...(format === undefined ? {} : { format }),
        ...(mode === undefined ? {} : { 'read-only-mode': mode }),
      });
    },
  }),
] as const;

/** There is no such display, whose password could be changed. */
function vncComplaint(what: string, password: string | undefined): string {
  if (!/^passw(or)?d$/.test(what)) return "Expected 'password' after 'vnc'\n";
  if (password === undefined) return 'terminal does not support password prompting\n';
  return 'Error: Could not set password\n';
}
