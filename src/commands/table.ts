import type { Commands } from '../generated/commands.ts';
import type { Handlers } from '../qmp/dispatch.ts';
import { charCommands } from './char.ts';
import type { CommandContext } from './context.ts';
import { controlCommands } from './control.ts';
import { introspectCommands } from './introspect.ts';
import { machineCommands } from './machine.ts';
import { miscCommands } from './misc.ts';
import { pciCommands } from './pci.ts';
import { qdevCommands } from './qdev.ts';
import { qomCommands } from './qom.ts';
import { runStateCommands } from './run-state.ts';
import { xClockCommands } from './x-clock.ts';
import { xGuestCommands } from './x-guest.ts';
import { xHostCommands } from './x-host.ts';
import { xSpaprCommands } from './x-spapr.ts';
import { xVfioCommands } from './x-vfio.ts';
import { yankCommands } from './yank.ts';

/** Every command; one that the schema has and this lacks does not compile. */
export const COMMANDS: Required<Handlers<CommandContext, Commands>> = {
  ...charCommands,
  ...controlCommands,
  ...introspectCommands,
  ...machineCommands,
  ...miscCommands,
  ...pciCommands,
  ...qdevCommands,
  ...qomCommands,
  ...runStateCommands,
  ...xClockCommands,
  ...xGuestCommands,
  ...xHostCommands,
  ...xSpaprCommands,
  ...xVfioCommands,
  ...yankCommands,
};
