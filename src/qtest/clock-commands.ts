import type { VirtualClock } from '../base/clock.ts';
import type { QtestCommands } from './command.ts';

/** The time that the guest's timers go by; it passes with these commands only. */
export function clockCommands(clock: VirtualClock): QtestCommands {
  const moveTo = (time: bigint) => ` ${time > clock.now() ? clock.step(time - clock.now()) : clock.now()}`;
  return {
    // By itself: to when the next timer is due.
    clock_step: (_, words) =>
      moveTo(
        words.isEmpty ? (clock.nextDue ?? clock.now()) : BigInt.asIntN(64, clock.now() + words.signed(0)),
      ),
    clock_set: (_, words) => moveTo(words.signed(0)),
  };
}
