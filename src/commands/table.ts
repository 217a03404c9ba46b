import type { Commands } from '../generated/commands.ts';
import type { Handlers } from '../qmp/dispatch.ts';
import { acpiCommands } from './acpi.ts';
import { blockCoreCommands } from './block-core.ts';
import { charCommands } from './char.ts';
import type { CommandContext } from './context.ts';
import { controlCommands } from './control.ts';
import { dumpCommands } from './dump.ts';
import { introspectCommands } from './introspect.ts';
import { jobCommands } from './job.ts';
import { machineCommands } from './machine.ts';
import { machineTargetCommands } from './machine-target.ts';
import { migrationCommands } from './migration.ts';
import { miscCommands } from './misc.ts';
import { netCommands } from './net.ts';
import { pciCommands } from './pci.ts';
import { qdevCommands } from './qdev.ts';
import { qomCommands } from './qom.ts';
import { replayCommands } from './replay.ts';
import { runStateCommands } from './run-state.ts';
import { statsCommands } from './stats.ts';
import { tpmCommands } from './tpm.ts';
import { uiCommands } from './ui.ts';
import { virtioCommands } from './virtio.ts';
import { xClockCommands } from './x-clock.ts';
import { xGuestCommands } from './x-guest.ts';
import { xHostCommands } from './x-host.ts';
import { xSpaprCommands } from './x-spapr.ts';
import { xVfioCommands } from './x-vfio.ts';
import { yankCommands } from './yank.ts';

/** Every command; one that the schema has and this lacks does not compile. */
export const COMMANDS: Required<Handlers<CommandContext, Commands>> = {
  ...acpiCommands,
  ...blockCoreCommands,
  ...charCommands,
  ...controlCommands,
  ...dumpCommands,
  ...introspectCommands,
  ...jobCommands,
  ...machineCommands,
  ...machineTargetCommands,
  ...migrationCommands,
  ...miscCommands,
  ...netCommands,
  ...pciCommands,
  ...qdevCommands,
  ...qomCommands,
  ...replayCommands,
  ...runStateCommands,
  ...xClockCommands,
  ...statsCommands,
  ...tpmCommands,
  ...uiCommands,
  ...virtioCommands,
  ...xGuestCommands,
  ...xHostCommands,
  ...xSpaprCommands,
  ...xVfioCommands,
  ...yankCommands,
};
