import type { PanicAction, RebootAction, ShutdownAction, WatchdogAction } from '../generated/types.ts';

/** What the emulator does when the guest resets, switches off, crashes or hangs; `-action` and `set-action`. */
export interface RunStateActions {
  readonly reboot: RebootAction;
  readonly shutdown: ShutdownAction;
  readonly panic: PanicAction;
  readonly watchdog: WatchdogAction;
}
