import { QmpError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { readBoolean } from '../base/option-numbers.ts';
import type { DriveSlot } from '../block/drive-slots.ts';
import type { BlockdevOptions } from '../generated/types.ts';
import type { TextArguments } from '../qmp/text-arguments.ts';
import { asTree, nodeOptions, type TextTree, treeOf, withFile } from './node-text.ts';

/** A drive as `-drive` and `drive_add` describe it. */
export interface DriveOptions {
  /** Absent for a drive with nothing in it. */
  readonly content: BlockdevOptions | undefined;
  /** The same as the user wrote it, which is how a node's name shows values. */
  readonly written: JsonObject;
  /** Whether a guest's writes are done once the host has them in its memory. */
  readonly writeback: boolean;
  readonly media: DriveSlot['media'];
  /** The file of which it had to be guessed that it is a raw image. */
  readonly guess: string | undefined;
}

/** What is said about the drive rather than about what is in it. */
const ABOUT_THE_DRIVE = [
  ...['if', 'bus', 'unit', 'index', 'media', 'snapshot', 'id', 'werror', 'rerror', 'file'],
  ...['format', 'driver', 'readonly', 'read-only', 'cache', 'cache.writeback', 'aio', 'discard'],
  ...['detect-zeroes', 'copy-on-read'],
];

interface CacheMode {
  readonly writeback: boolean;
  readonly direct: boolean;
  readonly noFlush: boolean;
}

/** Caching, by its name of old. */
const CACHE_MODES: Readonly<Record<string, CacheMode>> = {
  none: { writeback: true, direct: true, noFlush: false },
  off: { writeback: true, direct: true, noFlush: false },
  writeback: { writeback: true, direct: false, noFlush: false },
  writethrough: { writeback: false, direct: false, noFlush: false },
  directsync: { writeback: false, direct: true, noFlush: false },
  unsafe: { writeback: true, direct: false, noFlush: true },
};

/**
 * Reads options by name.
 * @param reader of all commands' arguments
 * @throws QmpError
 */
export function readDriveOptions(reader: TextArguments, given: ReadonlyMap<string, string>): DriveOptions {
  checkChoices(given);
  const mode = cacheMode(given.get('cache') ?? 'writeback');
  const media = given.get('media') === 'cdrom' ? 'cdrom' : 'disk';
  const readOnly = given.get('readonly') ?? given.get('read-only') ?? (media === 'cdrom' ? 'on' : undefined);
  const rest = [...given].filter(([name]) => !ABOUT_THE_DRIVE.includes(name));
  const driver = given.get('format') ?? given.get('driver');
  const file = given.get('file') ?? '';
  const text = {
    ...treeOf(rest),
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
    content: nodeOptions(reader, options),
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
  const tree = treeOf([...given]);
  if (tree.driver === undefined && tree.file === undefined)
    throw new QmpError('Must specify either driver or file');
  // What is in another node is looked at, and nothing is found.
  const isGuess = tree.driver === undefined && typeof tree.file === 'string';
  const text = isGuess ? { ...tree, driver: 'raw' } : tree;
  return { content: nodeOptions(reader, text), written: text as JsonObject };
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

function cacheMode(name: string): CacheMode {
  const mode = Object.hasOwn(CACHE_MODES, name) ? CACHE_MODES[name] : undefined;
  if (mode === undefined) throw new QmpError('invalid cache option');
  return mode;
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
