/** Options about the process rather than the machine. */

import { isHelpWord, lastValue } from '../base/option-syntax.ts';
import type { Configuration, FdSetRequest, TraceRequest } from './configuration.ts';
import type { Draft } from './draft.ts';
import { CliError, HelpRequested } from './errors.ts';
import { parseBoolean, parseNumber } from './option-values.ts';

const SANDBOX_VALUES: Readonly<Record<string, readonly string[]>> = {
  obsolete: ['allow', 'deny'],
  elevateprivileges: ['allow', 'deny', 'children'],
  spawn: ['allow', 'deny'],
  resourcecontrol: ['allow', 'deny'],
};

/** `-sandbox` is checked and has no effect: nothing runs here that could break out. */
export function checkSandbox(draft: Draft): void {
  for (const { entries, location } of draft.list('sandbox').options) {
    if (!parseBoolean('enable', lastValue(entries, 'enable') ?? 'off', location)) continue;
    for (const [name, values] of Object.entries(SANDBOX_VALUES)) {
      const value = lastValue(entries, name);
      if (value !== undefined && !values.includes(value)) {
        throw CliError.at(location, `invalid argument for ${name}`);
      }
    }
  }
}

const LAST_STANDARD_DESCRIPTOR = 2;

/** `-add-fd` */
export function readFdSets(draft: Draft): readonly FdSetRequest[] {
  return draft.list('add-fd').options.map(({ entries, location }) => {
    // The numbers are unsigned until here, and one that is not given is -1.
    const number = (name: string) =>
      BigInt.asIntN(64, parseNumber(name, lastValue(entries, name) ?? '-1', location));
    const fd = number('fd');
    if (fd < 0) throw CliError.at(location, 'fd option is required and must be non-negative');
    if (fd <= LAST_STANDARD_DESCRIPTOR) throw CliError.at(location, 'fd cannot be a standard I/O stream');
    if (!draft.surroundings.isOpenDescriptor(Number(fd))) {
      throw CliError.at(location, 'fd is not valid or already in use');
    }
    const set = number('set');
    if (set < 0) throw CliError.at(location, 'set option is required and must be non-negative');
    return { fd: Number(fd), set: Number(set), opaque: lastValue(entries, 'opaque') };
  });
}

/** The items of `-d`. They are about translated code, so that there is never anything to log but traces. */
export const LOG_ITEMS = [
  ...[
    'out_asm',
    'in_asm',
    'op',
    'op_opt',
    'op_ind',
    'int',
    'exec',
    'cpu',
    'fpu',
    'mmu',
    'pcall',
    'cpu_reset',
  ],
  ...['unimp', 'guest_errors', 'page', 'nochain', 'plugin', 'strace', 'tid'],
];

/** `-d`; what stands behind `trace:` is a trace pattern. */
export function readLogItems(draft: Draft): {
  readonly items: readonly string[];
  readonly traces: readonly string[];
} {
  const words = draft.logItems?.split(',') ?? [];
  const traces = words.filter(word => word.startsWith('trace:')).map(word => word.slice('trace:'.length));
  const items = words.filter(word => !word.startsWith('trace:'));
  if (traces.some(isHelpWord)) throw new HelpRequested({ about: 'traces' });
  if (items.some(item => item !== 'all' && !LOG_ITEMS.includes(item))) {
    throw new HelpRequested({ about: 'log-items' }, 1);
  }
  return { items, traces };
}

/** `-trace` and the traces of `-d`. */
export function readTraces(draft: Draft, patterns: readonly string[]): readonly TraceRequest[] {
  const requests = draft.list('trace').options.map(({ entries, location }) => ({
    location,
    pattern: lastValue(entries, 'enable'),
    events: lastValue(entries, 'events'),
    file: lastValue(entries, 'file'),
  }));
  const logged = { events: undefined, file: undefined, location: undefined };
  return [...requests, ...patterns.map(pattern => ({ pattern, ...logged }))];
}

/** `-msg` and `-name`: how messages are decorated. */
export function readReportStyle(draft: Draft): Configuration['reportStyle'] {
  const entries = draft.list('msg').entries;
  const isOn = (name: string) => parseBoolean(name, lastValue(entries, name) ?? 'off', undefined);
  return {
    timestamp: isOn('timestamp'),
    guestName: isOn('guest-name') ? draft.list('name').value('guest') : undefined,
  };
}
