import { statSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import { readBoolean } from '../base/option-numbers.ts';
import { probeFormat } from '../block/qcow2.ts';
import type { BlockdevOptions } from '../generated/types.ts';
import { validators } from '../generated/validators/block-core.js';
import { argumentError } from '../qmp/argument-errors.ts';
import { parseJsonText } from '../qmp/json-text.ts';
import type { TextArguments, TextValue } from '../qmp/text-arguments.ts';

/** A drive as `-drive` and `drive_add` describe it. */
export interface DriveOptions {
  /** Absent for a drive with nothing in it. */
  readonly content: BlockdevOptions | undefined;
  /** The same as the user wrote it, which is how a node's name shows values. */
  readonly written: JsonObject;
  /** Whether a guest's writes are done once the host has them in its memory. */
  readonly writeback: boolean;
  readonly media: 'disk' | 'cdrom';
  /** The file of which it had to be guessed that it is a raw image. */
  readonly guess: string | undefined;
}

/** What is said about the drive rather than about what is in it. */
const ABOUT_THE_DRIVE = [
  ...[
    'if',
    'bus',
    'unit',
    'index',
    'media',
    'snapshot',
    'id',
    'werror',
    'rerror',
    'file',
    'format',
    'driver',
  ],
  ...['readonly', 'read-only', 'cache', 'cache.writeback', 'aio', 'discard', 'detect-zeroes', 'copy-on-read'],
];

/** Caching, by its name of old. */
const CACHE_MODES: Readonly<
  Record<string, { readonly writeback: boolean; readonly direct: boolean; readonly noFlush: boolean }>
> = {
  none: { writeback: true, direct: true, noFlush: false },
  off: { writeback: true, direct: true, noFlush: false },
  writeback: { writeback: true, direct: false, noFlush: false },
  writethrough: { writeback: false, direct: false, noFlush: false },
  directsync: { writeback: false, direct: true, noFlush: false },
  unsafe: { writeback: true, direct: false, noFlush: true },
};

interface TextTree {
  readonly [name: string]: TextValue;
}

/**
 * Reads options by name.
 * @param reader of all commands' arguments
 * @throws QmpError
 */
export function readDriveOptions(reader: TextArguments, given: ReadonlyMap<string, string>): DriveOptions {
  checkChoices(given);
  const mode = CACHE_MODES[given.get('cache') ?? 'writeback'];
  if (mode === undefined) throw new QmpError('invalid cache option');
  const media = given.get('media') === 'cdrom' ? 'cdrom' : 'disk';
  const readOnly = given.get('readonly') ?? given.get('read-only') ?? (media === 'cdrom' ? 'on' : undefined);
  const rest = [...given].filter(([name]) => !ABOUT_THE_DRIVE.includes(name));
  const driver = given.get('format') ?? given.get('driver');
  const file = given.get('file') ?? '';
  const text = {
    ...tree(rest),
    ...(driver === undefined ? {} : { driver }),
    ...only('read-only', readOnly),
    ...only('detect-zeroes', given.get('detect-zeroes')),
    // A drive may do so whatever it does with discarded blocks.
    ...(given.get('detect-zeroes') === 'unmap' ? { discard: 'unmap' } : {}),
  };
  const common = { writeback: boolean(given, 'cache.writeback') ?? mode.writeback, media } as const;
  const isBare = rest.length === 0 && !given.has('cache') && !given.has('discard');
  if (file === '' && driver === undefined && isBare)
    return { content: undefined, written: {}, guess: undefined, ...common };
  const whole = withFile(text, file, given.get('aio'));
  const { direct = onOff(mode.direct), 'no-flush': noFlush = onOff(mode.noFlush) } = asTree(whole.cache);
  const options = { ...whole, cache: { direct, 'no-flush': noFlush } };
  const isGuess = driver === undefined && whole.driver === 'raw' && readOnly !== 'on';
  return {
    content: blockdevOptions(reader, options),
    written: whole as JsonObject,
    guess: isGuess && file !== '' ? file : undefined,
    ...common,
  };
}

/** What `drive_add -n` says of a node. @throws QmpError */
export function readNodeOptions(
  reader: TextArguments,
  given: ReadonlyMap<string, string>,
): Pick<DriveOptions, 'written'> & { readonly content: BlockdevOptions } {
  const text = tree([...given]);
  return { content: blockdevOptions(reader, text), written: text as JsonObject };
}

function checkChoices(given: ReadonlyMap<string, string>): void {
  const check = (name: string, choices: readonly string[], problem: (value: string) => string) => {
    const value = given.get(name);
    if (value !== undefined && !choices.includes(value)) throw new QmpError(problem(value));
  };
  check('media', ['disk', 'cdrom'], value => `'${value}' invalid media`);
  check('discard', ['ignore', 'off', 'unmap', 'on'], () => 'Invalid discard option');
  check('aio', ['threads', 'native', 'io_uring'], () => 'invalid aio option');
  check('detect-zeroes', ['off', 'on', 'unmap'], value => `invalid parameter value: ${value}`);
  const onError = (what: string) => (value: string) => `'${value}' invalid ${what} error action`;
  check('werror', ['ignore', 'enospc', 'stop', 'report'], onError('write'));
  check('rerror', ['ignore', 'stop', 'report'], onError('read'));
  for (const name of ['copy-on-read', 'cache.direct', 'cache.no-flush']) boolean(given, name);
  if (boolean(given, 'snapshot') === true) throw new QmpError('snapshot=on is not simulated');
  if (given.has('format') && given.has('driver'))
    throw new QmpError("Cannot specify both 'driver' and 'format'");
}

function boolean(given: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const value = given.get(name);
  return value === undefined ? undefined : readBoolean(name, value);
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

function only(name: string, value: string | undefined): TextTree {
  return value === undefined ? {} : { [name]: value };
}

/** Options whose names are paths, like `file.filename`, as objects in objects. */
function tree(options: readonly (readonly [name: string, value: string])[]): TextTree {
  const root: Record<string, TextValue> = {};
  for (const [path, value] of options) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let branch = root;
    for (const name of names) {
      const next = { ...asTree(branch[name]) };
      branch[name] = next;
      branch = next;
    }
    branch[last] = value;
  }
  return root;
}

function asTree(value: TextValue | undefined): TextTree {
  return typeof value === 'object' && !Array.isArray(value) ? (value as TextTree) : {};
}

const NO_FILE = 'A block device must be specified for "file"';

const PROTOCOLS: readonly string[] = ['file', 'host_device', 'host_cdrom', 'null-co', 'null-aio'];

/** Puts in what a file's name says, where it belongs. */
function withFile(text: TextTree, name: string, aio: string | undefined): TextTree {
  if (name.startsWith('json:')) return { ...jsonOptions(name.slice('json:'.length)), ...text };
  if (name === '' && text.driver === undefined && text.file === undefined)
    throw new QmpError('Must specify either driver or file');
  const driver = text.driver ?? probeFormat(name === '' ? String(asTree(text.file).filename ?? '') : name);
  if (typeof driver === 'string' && PROTOCOLS.includes(driver)) {
    return name === '' ? { ...text, driver } : { ...text, driver, ...protocolOptions(driver, name, aio) };
  }
  if (typeof text.file === 'string') return { ...text, driver };
  const below = asTree(text.file);
  const target = name === '' ? String(below.filename ?? '') : name;
  if (target === '' && below.driver === undefined) return { ...text, driver };
  const protocol = typeof below.driver === 'string' ? below.driver : protocolOf(target);
  const options = target === '' ? {} : protocolOptions(protocol, target, aio);
  return { ...text, driver, file: { driver: protocol, ...options, ...below } };
}

function jsonOptions(text: string): TextTree {
  try {
    const value: JsonValue = parseJsonText(text);
    // Values have types already; as texts they are read again.
    if (isJsonObject(value)) return asTexts(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new QmpError(`Could not parse the JSON options: ${error.message}`);
  }
  throw new QmpError('Invalid JSON object given');
}

function asTexts(value: JsonObject): TextTree {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asText(member)]));
}

function asText(value: JsonValue | undefined): TextValue {
  if (isJsonObject(value)) return asTexts(value);
  return typeof value === 'boolean' ? onOff(value) : String(value);
}

/** What a name without a driver is opened with. */
function protocolOf(name: string): string {
  const prefix = prefixOf(name);
  if (prefix !== undefined) {
    if (!PROTOCOLS.includes(prefix)) throw new QmpError(`Unknown protocol '${prefix}'`);
    return prefix;
  }
  const status = statSync(name, { throwIfNoEntry: false });
  return status?.isBlockDevice() || status?.isCharacterDevice() ? 'host_device' : 'file';
}

function prefixOf(name: string): string | undefined {
  return /^([^/:]*):/.exec(name)?.[1];
}

function protocolOptions(driver: string, name: string, aio: string | undefined): TextTree {
  if (driver.startsWith('null-')) {
    if (name !== `${driver}://`)
      throw new QmpError(`The only allowed filename for this driver is '${driver}://'`);
    return {};
  }
  const filename = prefixOf(name) === driver ? name.slice(driver.length + 1) : name;
  return { filename, 'auto-read-only': 'on', ...only('aio', aio) };
}

/** @throws QmpError where `-blockdev` would have other words for what cannot be */
function blockdevOptions(reader: TextArguments, text: TextTree): BlockdevOptions {
  try {
    const options = reader.read('blockdev-add', text);
    const validate = validators['blockdev-add'];
    if (validate(options)) return options;
    throw argumentError(validate.errors ?? [], options, new MemberOrder());
  } catch (error) {
    throw error instanceof QmpError ? inWordsOfDrives(error, text) : error;
  }
}

function inWordsOfDrives(error: QmpError, text: TextTree): QmpError {
  const [, driver] = /^Parameter '(?:file\.)?driver' does not accept value '(.*)'$/.exec(error.desc) ?? [];
  if (driver !== undefined) return new QmpError(`Unknown driver '${driver}'`);
  if (error.desc === "Parameter 'file' is missing") return new QmpError(NO_FILE);
  const [, branch, name] = /^Parameter '(file\.)?(.*)' is unexpected$/.exec(error.desc) ?? [];
  if (name === undefined) return error;
  const owner = String((branch === undefined ? text : asTree(text.file)).driver);
  return new QmpError(
    PROTOCOLS.includes(owner)
      ? `Block protocol '${owner}' doesn't support the option '${name}'`
      : `Block format '${owner}' does not support the option '${name}'`,
  );
}
