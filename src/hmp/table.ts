import { command, type HmpCommand } from './command.ts';
import { CHARDEV_COMMANDS } from './commands/chardevs.ts';
import { CONTENTS_COMMANDS } from './commands/contents.ts';
import { DESCRIPTOR_COMMANDS } from './commands/descriptors.ts';
import { DEVICE_COMMANDS } from './commands/devices.ts';
import { DIRTY_MEMORY_COMMANDS } from './commands/dirty-memory.ts';
import { DISPLAY_COMMANDS } from './commands/displays.ts';
import { DRIVE_COMMANDS } from './commands/drives.ts';
import { MEDIA_COMMANDS } from './commands/media.ts';
import { MEMORY_COMMANDS } from './commands/memory.ts';
import { MIGRATION_COMMANDS } from './commands/migration.ts';
import { NETWORK_COMMANDS } from './commands/network.ts';
import { OBJECT_COMMANDS } from './commands/objects.ts';
import { PROCESSOR_COMMANDS } from './commands/processors.ts';
import { REPLAY_COMMANDS } from './commands/replay.ts';
import { RUN_COMMANDS } from './commands/run.ts';
import { traceEventCommand } from './commands/traces.ts';
import { helpCommand, printHelp } from './help.ts';
import { INFO_COMMANDS } from './info/table.ts';

/** Every command of the human monitor, by name. */
export const HMP_COMMANDS: readonly HmpCommand[] = [
  ...RUN_COMMANDS,
  ...DEVICE_COMMANDS,
  ...DIRTY_MEMORY_COMMANDS,
  ...DISPLAY_COMMANDS,
  ...DRIVE_COMMANDS,
  ...CHARDEV_COMMANDS,
  ...CONTENTS_COMMANDS,
  ...DESCRIPTOR_COMMANDS,
  ...MEDIA_COMMANDS,
  ...MEMORY_COMMANDS,
  ...MIGRATION_COMMANDS,
  ...NETWORK_COMMANDS,
  ...OBJECT_COMMANDS,
  ...PROCESSOR_COMMANDS,
  ...REPLAY_COMMANDS,
  traceEventCommand,
  helpCommand(() => HMP_COMMANDS),
  command({
    name: 'info',
    usage: '[subcommand]',
    help: 'show various information about the system state',
    subcommands: INFO_COMMANDS,
    allowPreconfig: true,
    run: session => printHelp(HMP_COMMANDS, session, 'info'),
  }),
].sort((a, b) => (a.name < b.name ? -1 : 1));
