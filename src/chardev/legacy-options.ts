import { QmpError } from '../base/errors.ts';
import { type ChardevOptions, OptionReader } from './options.ts';

/** What `-qmp`, `-monitor`, `-serial` and others name: a device to be made, or one that there is already. */
export type LegacyChardev = { readonly options: ChardevOptions } | { readonly existing: string };

/** A device in the short form that cannot be understood; each line is an error message of its own. */
export class LegacySyntaxError extends Error {
  override readonly name = 'LegacySyntaxError';

  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/**
 * Reads the short form of a character device: `unix:PATH,…`, `tcp:HOST:PORT,…`, `telnet:…`, `websocket:…`,
 * `file:PATH`, `stdio`, `null`, `chardev:ID`. Throws `LegacySyntaxError`.
 */
export function parseLegacy(text: string): LegacyChardev {
  const parseError = `parse error: ${text}`;
  if (text.startsWith('chardev:')) return { existing: text.slice('chardev:'.length) };
  const options = legacyOptions(text);
  if (options === undefined)
    throw new LegacySyntaxError([`'${text}' is not a valid char driver`, parseError]);
  if (options === 'incomplete') throw new LegacySyntaxError([parseError]);
  try {
    checkTypes(options);
  } catch (error) {
    if (error instanceof QmpError) throw new LegacySyntaxError([error.desc, parseError]);
    throw error;
  }
  return { options };
}

function legacyOptions(text: string): ChardevOptions | 'incomplete' | undefined {
  if (text === 'stdio' || text === 'null') return { backend: text };
  const [, scheme, rest = ''] = /^(unix|tcp|telnet|websocket|file):(.*)$/s.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  if (scheme === 'file') return { backend: 'file', path: rest };
  if (scheme === 'unix') return { backend: 'socket', ...keyValues(`path=${rest}`) };
  const [, host, port, more] = /^([^:]{0,64}):([^,]{1,32})(.*)$/s.exec(rest) ?? [];
  if (host === undefined || port === undefined) return 'incomplete';
  return {
    backend: 'socket',
    host,
    port,
    ...(scheme === 'tcp' ? {} : { [scheme]: 'on' }),
    ...keyValues((more ?? '').replace(/^,/, '')),
  };
}

/** `key=value,flag,noflag`; a comma in a value is written twice. */
function keyValues(text: string): Record<string, string> {
  const options: Record<string, string> = {};
  for (const part of text === '' ? [] : text.split(/(?<!,)(?:,,)*,(?!,)/)) {
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(part) ?? [];
    if (value !== undefined) options[key] = value.replaceAll(',,', ',');
    else if (/^no(?!delay$)./.test(key)) options[key.slice(2)] = 'off';
    else options[key] = 'on';
  }
  return options;
}

function checkTypes(options: ChardevOptions): void {
  const reader = new OptionReader(options);
  for (const name of [
    'server',
    'wait',
    'telnet',
    'websocket',
    'ipv4',
    'ipv6',
    'delay',
    'nodelay',
    'mux',
    'append',
  ]) {
    reader.boolean(name);
  }
  for (const name of ['reconnect', 'to']) reader.number(name);
}
