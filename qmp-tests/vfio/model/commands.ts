import type fc from 'fast-check';
import { deviceSteps, moduleSteps, phbSteps } from './device-steps.ts';
import { guestSteps } from './guest-steps.ts';
import { hostSteps, kvmSteps } from './host-steps.ts';
import type { Kind } from './kinds.ts';
import { remappingSteps } from './remapping-steps.ts';
import { eehSteps, resetSteps, WINDOW_CALLS, windowSteps } from './rtas-steps.ts';
import type { WorldCommand } from './step.ts';
import { tceSteps } from './tce-steps.ts';

/** What can happen to machines of a kind, more often what is more interesting. */
export function commandsFor(kind: Kind): fc.Arbitrary<WorldCommand>[] {
  return [
    ...[...deviceSteps, ...moduleSteps, ...hostSteps(kind), ...guestSteps, ...resetSteps],
    ...(kind.family === 'pseries' ? [...tceSteps, ...eehSteps, ...windowSteps, ...kvmSteps] : []),
    ...(kind.hasPhbHotplug ? phbSteps : []),
    ...(kind.hasRemapping ? remappingSteps : []),
  ];
}

/** Names of commands that cannot succeed there. */
export function impossibleFor(kind: Kind): readonly string[] {
  return kind.hasDynamicWindows ? [] : WINDOW_CALLS;
}
