import type { PanicAction, RebootAction, ShutdownAction, WatchdogAction } from '../generated/types.ts';
import type { MachineConfig } from './config.ts';

/** What the emulator does when the guest resets, switches off, crashes or hangs; `-action` and `set-action`. */
export interface RunStateActions {
  readonly reboot: RebootAction;
  readonly shutdown: ShutdownAction;
  readonly panic: PanicAction;
  readonly watchdog: WatchdogAction;
}

/** New values of some of the actions. */
export type ActionChanges = {
  readonly [Name in keyof RunStateActions]?: RunStateActions[Name] | undefined;
};

export function initialActions({
  noReboot,
  noShutdown,
}: Pick<MachineConfig, 'noReboot' | 'noShutdown'>): RunStateActions {
  return {
    reboot: noReboot ? 'shutdown' : 'reset',
    shutdown: noShutdown ? 'pause' : 'poweroff',
    panic: 'shutdown',
    watchdog: 'reset',
  };
}

export function changed(
  { reboot, shutdown, panic, watchdog }: RunStateActions,
  changes: ActionChanges,
): RunStateActions {
  return {
    reboot: changes.reboot ?? reboot,
    shutdown: changes.shutdown ?? shutdown,
    panic: changes.panic ?? panic,
    watchdog: changes.watchdog ?? watchdog,
  };
}
