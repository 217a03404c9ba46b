/**
 * The short way to name a character device, as `-qmp`, `-monitor`, `-serial`, `-parallel` and `-qtest` take it:
 * `unix:PATH,server=on`, `tcp:HOST:PORT,…`, `file:PATH`, `stdio`, `/dev/ttyS0`, … It is turned into
 * what `-chardev` would have been told.
 */

import { type OptionEntry, splitOptions } from '../base/option-syntax.ts';
import { CliError } from './errors.ts';
import type { OptionList, ParsedOption } from './option-list.ts';

export interface LegacyChardev {
  readonly option: ParsedOption;
  /** The text began with `mon:`: a monitor shares the device. */
  readonly sharedWithMonitor: boolean;
}

interface Address {
  readonly backend: string;
  readonly options: readonly OptionEntry[];
}

const SHARED_PREFIX = 'mon:';

/** Backends that are named by a single word. */
const WORDS = ['null', 'pty', 'msmouse', 'wctablet', 'braille', 'testdev', 'stdio'];

/** What stands before the colon of an internet address, and the option it stands for. */
const TCP_KINDS: ReadonlyMap<string, readonly OptionEntry[]> = new Map(
  ['tcp', 'telnet', 'tn3270', 'websocket'].map(name => [name, name === 'tcp' ? [] : [{ name, value: 'on' }]]),
);

/**
 * Reads the text and adds it to the `chardev` options.
 *
 * @param id what the device is to be called, e.g. `compat_monitor0`
 * @throws CliError with the reasons, the last of them being `complaint`
 */
export function addLegacyChardev(
  chardevs: OptionList,
  text: string,
  {
    id,
    location,
    complaint,
  }: { readonly id: string; readonly location: string | undefined; complaint: string },
): LegacyChardev {
  const sharedWithMonitor = text.startsWith(SHARED_PREFIX);
  const name = sharedWithMonitor ? text.slice(SHARED_PREFIX.length) : text;
  try {
    const option = chardevs.create(id, location);
    const address = parseAddress(name, location);
    for (const entry of address.options) if (entry.name !== 'id') chardevs.set(option, entry);
    chardevs.set(option, { name: 'backend', value: address.backend });
    if (sharedWithMonitor) {
      chardevs.set(option, { name: 'mux', value: 'on' });
      // The terminal's Ctrl-C is then a key for the guest.
      if (name === 'stdio') chardevs.set(option, { name: 'signal', value: 'off' });
    }
    return { option, sharedWithMonitor };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError([...error.reports, { severity: 'error', message: complaint, location }]);
  }
}

function parseAddress(text: string, location: string | undefined): Address {
  if (WORDS.includes(text)) return { backend: text, options: [] };
  const kind = text.slice(0, Math.max(0, text.indexOf(':')));
  const rest = text.slice(kind.length + 1);
  const flags = TCP_KINDS.get(kind);
  if (flags !== undefined) return tcpAddress(rest, flags);
  if (kind === 'unix') return { backend: 'socket', options: plainItems(rest, 'path') };
  if (kind === 'udp') return udpAddress(rest);
  if (kind === 'file' || kind === 'pipe') return atPath(kind, rest);
  if (text.startsWith('vc')) return consoleAddress(text);
  if (/^\/dev\/(parport|ppi)/.test(text)) return atPath('parallel', text);
  if (text.startsWith('/dev/')) return atPath('serial', text);
  throw CliError.at(location, `'${text}' is not a valid char driver`);
}

/** `[host]:port[,options]`; an IPv6 address stands in brackets. */
function tcpAddress(text: string, flags: readonly OptionEntry[]): Address {
  const match = /^(\[[^\]]*\]|[^:]{0,64}):([^,]{1,32})(?:$|,(.*))/s.exec(text);
  if (match === null) throw unreadable();
  const [, host = '', port = '', options = ''] = match;
  return {
    backend: 'socket',
    options: [...endpoint('host', host, 'port', port), ...plainItems(options), ...flags],
  };
}

/** `[remote host]:port[@[local host]:port]` */
function udpAddress(text: string): Address {
  const match = /^([^:]{0,64}):([^@,]{1,32})(?:@([^:]{0,64}):([^,]{1,32})|(?!@))/.exec(text);
  if (match === null) throw unreadable();
  const [, host = '', port = '', localHost = '', localPort] = match;
  const local = localPort === undefined ? [] : endpoint('localaddr', localHost, 'localport', localPort);
  return { backend: 'udp', options: [...endpoint('host', host, 'port', port), ...local] };
}

/** `vc[:WIDTHxHEIGHT]` in pixels, or in characters with a `C` behind each number. */
function consoleAddress(text: string): Address {
  if (text[2] !== ':') return { backend: 'vc', options: [] };
  const match = /^vc:([0-9]{1,7})(C?)x([0-9]{1,7})/.exec(text);
  if (match === null) throw unreadable();
  const [, first = '', characters, second = ''] = match;
  const options =
    characters === '' ? endpoint('width', first, 'height', second) : endpoint('cols', first, 'rows', second);
  return { backend: 'vc', options };
}

function atPath(backend: string, path: string): Address {
  return { backend, options: [{ name: 'path', value: path }] };
}

function endpoint(
  firstName: string,
  first: string,
  secondName: string,
  second: string,
): readonly OptionEntry[] {
  return [
    { name: firstName, value: first },
    { name: secondName, value: second },
  ];
}

/** Items whose short forms (`server,nowait`) are taken without a warning here. */
function plainItems(text: string, impliedKey?: string): readonly OptionEntry[] {
  return splitOptions(text, impliedKey).map(({ name, value }) => ({ name, value }));
}

/** The kind is known but its address cannot be read: only the caller's complaint says so. */
function unreadable(): CliError {
  return new CliError([]);
}
