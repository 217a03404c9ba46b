/** Character devices and who sits at them: monitors, ports, the qtest server. */

import { isHelpWord, lastValue } from '../base/option-syntax.ts';
import type { DefaultPart } from '../machine/board.ts';
import type {
  ChardevRequest,
  Configuration,
  MonitorRequest,
  PortRequest,
  QtestRequest,
} from './configuration.ts';
import type { Draft, Word } from './draft.ts';
import { CliError, HelpRequested } from './errors.ts';
import { addLegacyChardev } from './legacy-chardev.ts';
import { addMonitor } from './option-actions.ts';
import type { ParsedOption } from './option-list.ts';
import { parseBoolean } from './option-values.ts';

/** The ports of the machine, before they are connected. */
export interface PortWords {
  readonly serials: readonly Word[];
  readonly parallels: readonly Word[];
}

/** Adds the human monitor and names the first ports where the command line says nothing about them. */
export function addDefaultEndpoints(draft: Draft, parts: ReadonlySet<DefaultPart>): PortWords {
  const { nographic } = draft;
  const [serial, parallel, monitor] = (['serial', 'parallel', 'monitor'] as const).map(part =>
    parts.has(part),
  );
  if (draft.daemonize && nographic && (serial || parallel || monitor)) {
    throw CliError.at(undefined, '-nographic cannot be used with -daemonize');
  }

  const screen = 'vc:80Cx24C';
  const sharesTerminal = nographic && serial && monitor;
  if (monitor === true && sharesTerminal !== true) {
    addMonitor(draft, nographic ? 'stdio' : screen, { mode: 'readline', location: undefined });
  }
  const serialText = sharesTerminal ? 'mon:stdio' : nographic ? 'stdio' : screen;
  return {
    serials: serial ? [{ text: serialText, location: undefined }] : draft.serials,
    parallels: parallel ? [{ text: nographic ? 'null' : screen, location: undefined }] : draft.parallels,
  };
}

/** `-chardev`, and the devices of monitors that were named in the short way. */
export function readChardevs(draft: Draft): readonly ChardevRequest[] {
  return draft.list('chardev').options.map(option => readChardev(draft, option));
}

/** Who sits at the character devices; each port and the qtest server may bring one of their own. */
export function readEndpoints(
  draft: Draft,
  chardevs: readonly ChardevRequest[],
  ports: PortWords,
): Pick<Configuration, 'qtest' | 'monitors' | 'serials' | 'parallels'> {
  const ids = new Set(chardevs.map(chardev => chardev.id));
  return {
    qtest: readQtest(draft, ids),
    monitors: draft.list('mon').options.map(option => readMonitor(option, ids)),
    serials: ports.serials.map((word, index) => readPort(draft, word, { kind: 'serial', index, ids })),
    parallels: ports.parallels.map((word, index) => readPort(draft, word, { kind: 'parallel', index, ids })),
  };
}

const BACKENDS = [
  ...[
    'null',
    'socket',
    'udp',
    'msmouse',
    'vc',
    'ringbuf',
    'memory',
    'file',
    'pipe',
    'pty',
    'stdio',
    'serial',
  ],
  ...[
    'tty',
    'parallel',
    'parport',
    'mux',
    'testdev',
    'wctablet',
    'braille',
    'qemu-vdagent',
    'spicevmc',
    'spiceport',
    'dbus',
  ],
];

function readChardev(draft: Draft, option: ParsedOption): ChardevRequest {
  const { id, entries, location } = option;
  const backend = lastValue(entries, 'backend');
  if (backend !== undefined && isHelpWord(backend)) throw new HelpRequested({ about: 'chardevs' });
  if (id === undefined) throw CliError.at(location, 'chardev: no id specified');
  if (backend === undefined) throw CliError.at(location, `chardev: "${id}" missing backend`);
  if (!BACKENDS.includes(backend))
    throw CliError.at(location, `'${backend}' is not a valid char driver name`);
  if (backend === 'stdio' && draft.daemonize) throw CliError.at(location, 'cannot use stdio with -daemonize');
  const options = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
  return { id, backend, options, location };
}

function readMonitor(option: ParsedOption, chardevs: ReadonlySet<string>): MonitorRequest {
  const { id, entries, location } = option;
  const mode = lastValue(entries, 'mode') ?? 'readline';
  const chardev = lastValue(entries, 'chardev');
  const pretty = parseBoolean('pretty', lastValue(entries, 'pretty') ?? 'off', location);
  if (mode !== 'readline' && mode !== 'control') {
    throw CliError.at(location, `Parameter 'mode' does not accept value '${mode}'`);
  }
  if (chardev === undefined) throw CliError.at(location, "Parameter 'chardev' is missing");
  if (!chardevs.has(chardev)) throw CliError.at(location, `chardev "${chardev}" not found`);
  if (pretty && mode === 'readline')
    throw CliError.at(location, "'pretty' is not compatible with HMP monitors");
  return { kind: mode === 'control' ? 'qmp' : 'hmp', id, chardev, pretty, location };
}

const MAX_PARALLEL_PORTS = 3;

interface PortPlace {
  readonly kind: 'serial' | 'parallel';
  readonly index: number;
  readonly ids: ReadonlySet<string>;
}

function readPort(draft: Draft, { text, location }: Word, { kind, index, ids }: PortPlace): PortRequest {
  if (text === 'none') return { kind: 'none' };
  if (kind === 'parallel' && index >= MAX_PARALLEL_PORTS)
    throw CliError.at(location, 'too many parallel ports');
  const complaint = `could not connect ${kind} device to character backend '${text}'`;
  if (text.startsWith('chardev:')) {
    const chardev = text.slice('chardev:'.length);
    if (!ids.has(chardev)) throw CliError.at(location, complaint);
    return { kind: 'chardev', chardev, location };
  }
  const id = `${kind}${index}`;
  const { option, sharedWithMonitor } = addLegacyChardev(draft.list('chardev'), text, {
    id,
    location,
    complaint,
  });
  return {
    kind: 'own',
    chardev: readOwnChardev(draft, option, complaint),
    monitor: sharedWithMonitor,
    complaint,
    isDefault: location === undefined,
  };
}

function readOwnChardev(draft: Draft, option: ParsedOption, complaint: string): ChardevRequest {
  try {
    return readChardev(draft, option);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const { location } = option;
    throw new CliError([...error.reports, { severity: 'error', message: complaint, location }]);
  }
}

function readQtest(draft: Draft, ids: ReadonlySet<string>): QtestRequest | undefined {
  const { qtest: text, qtestLog } = draft;
  if (text === undefined) return undefined;
  const complaint = `Failed to initialize device for qtest: "${text}"`;
  if (text.startsWith('chardev:')) {
    const id = text.slice('chardev:'.length);
    if (!ids.has(id)) throw CliError.at(undefined, complaint);
    return { chardev: id, complaint, log: qtestLog };
  }
  const { option, sharedWithMonitor } = addLegacyChardev(draft.list('chardev'), text, {
    id: 'qtest',
    location: undefined,
    complaint,
  });
  if (sharedWithMonitor) {
    const reasons = ["mon: isn't supported in this context", complaint];
    throw new CliError(reasons.map(message => ({ severity: 'error', message, location: undefined })));
  }
  return { chardev: readOwnChardev(draft, option, complaint), complaint, log: qtestLog };
}
