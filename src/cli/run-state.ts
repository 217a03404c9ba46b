/** When to stop, when to start over, and what the clock on the wall says. */

import { lastValue, type OptionEntry } from '../base/option-syntax.ts';
import type { RtcRequest, RunStateActions } from './configuration.ts';
import type { Draft } from './draft.ts';
import { CliError } from './errors.ts';

const ACTIONS = {
  reboot: ['reset', 'shutdown'],
  shutdown: ['poweroff', 'pause'],
  panic: ['pause', 'shutdown', 'exit-failure', 'none'],
  watchdog: ['reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none', 'inject-nmi'],
} as const satisfies { readonly [Name in keyof RunStateActions]: readonly RunStateActions[Name][] };

/** `-action`, `-no-reboot`, `-no-shutdown` and `-watchdog-action`, the last word on each counting. */
export function readActions(draft: Draft): RunStateActions {
  const { options, entries } = draft.list('action');
  // All of them are one option to QEMU, found where the first stood.
  const location = options[0]?.location;
  return {
    reboot: choose(entries, 'reboot', ACTIONS.reboot, location) ?? 'reset',
    shutdown: choose(entries, 'shutdown', ACTIONS.shutdown, location) ?? 'poweroff',
    panic: choose(entries, 'panic', ACTIONS.panic, location) ?? 'shutdown',
    watchdog: choose(entries, 'watchdog', ACTIONS.watchdog, location) ?? 'reset',
  };
}

/** `-rtc` */
export function readRtc(draft: Draft): RtcRequest {
  const { entries } = draft.list('rtc');
  const base = lastValue(entries, 'base') ?? 'utc';
  return {
    base: base === 'utc' || base === 'localtime' ? base : parseStartDate(base),
    clock: chooseRtc(entries, 'clock', ['host', 'rt', 'vm'] as const) ?? 'host',
    driftFix: chooseRtc(entries, 'driftfix', ['none', 'slew'] as const) ?? 'none',
  };
}

function parseStartDate(text: string): number {
  const match = /^(\d{1,4})-(\d{1,2})-(\d{1,2})(?:T(?:(\d{1,2}):(\d{1,2}):(\d{1,2}))?.*)?$/.exec(text);
  if (match === null) {
    throw CliError.at(
      undefined,
      'invalid datetime format',
      "valid formats: '2006-06-17T16:01:21' or '2006-06-17'",
    );
  }
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(part => Number(part ?? 0));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function choose<Value extends string>(
  entries: readonly OptionEntry[],
  name: string,
  values: readonly Value[],
  location: string | undefined,
): Value | undefined {
  const text = lastValue(entries, name);
  const value = values.find(known => known === text);
  if (text !== undefined && value === undefined) {
    throw CliError.at(location, `Parameter '${name}' does not accept value '${text}'`);
  }
  return value;
}

function chooseRtc<Value extends string>(
  entries: readonly OptionEntry[],
  name: string,
  values: readonly Value[],
): Value | undefined {
  const text = lastValue(entries, name);
  const value = values.find(known => known === text);
  if (text !== undefined && value === undefined)
    throw CliError.at(undefined, `invalid option value '${text}'`);
  return value;
}
