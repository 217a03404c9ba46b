/** `-drive` and its short forms: a block node, a drive, and the place where the board or a device finds it. */

import { QmpError } from '../base/errors.ts';
import type { OptionEntry } from '../base/option-syntax.ts';
import {
  DRIVE_INTERFACES,
  type DriveInterface,
  type DriveSlot,
  type PlaceRequest,
} from '../block/drive-slots.ts';
import { isQcow2 } from '../block/qcow2.ts';
import type { BlockdevOptions } from '../generated/types.ts';
import type { BoardTraits, DefaultPart } from '../machine/board.ts';
import type { Machine } from '../machine/machine.ts';
import type { TextArguments, TextValue } from '../qmp/text-arguments.ts';
import { checkedBlockdev } from './checked-options.ts';
import type { DeviceRequest, DriveRequest } from './configuration.ts';
import { parseBoolean, parseNumber } from './option-values.ts';

/** What `-drive` says about the drive rather than about what is in it. */
const DRIVE_OPTIONS = new Set([
  ...['if', 'bus', 'unit', 'index', 'media', 'snapshot', 'id', 'werror', 'rerror', 'copy-on-read'],
  ...['cache', 'aio'],
]);

/** Interfaces whose devices can be told what to do when the medium fails. */
const WITH_ERROR_POLICY: readonly DriveInterface[] = ['none', 'ide', 'scsi', 'virtio'];
const ERROR_ACTIONS = {
  werror: ['ignore', 'report', 'stop', 'enospc'],
  rerror: ['ignore', 'report', 'stop'],
} as const;

/** What is done with the host's cache, by the names that go back to the oldest way of saying it. */
const CACHE_MODES: Readonly<Record<string, { readonly direct: string; readonly 'no-flush': string }>> = {
  none: { direct: 'on', 'no-flush': 'off' },
  off: { direct: 'on', 'no-flush': 'off' },
  directsync: { direct: 'on', 'no-flush': 'off' },
  writeback: { direct: 'off', 'no-flush': 'off' },
  writethrough: { direct: 'off', 'no-flush': 'off' },
  unsafe: { direct: 'off', 'no-flush': 'on' },
};

type Given = ReadonlyMap<string, string>;

/** What a drive is added to. */
export interface DriveSurroundings {
  readonly machine: Machine;
  readonly reader: TextArguments;
  readonly board: BoardTraits;
  /** Prints lines as they are. */
  readonly say: (lines: string) => void;
}

/**
 * Adds a drive as `-drive` does.
 * @returns the device that comes with it, if its interface is that of a kind of device
 * @throws QmpError, CliError
 */
export function addDrive(
  { machine, reader, board, say }: DriveSurroundings,
  { id, entries, location }: DriveRequest,
): readonly DeviceRequest[] {
  const given: Given = new Map(entries.map(({ name, value }) => [name, value]));
  const cache = cacheMode(given.get('cache'));
  const place = readPlace(given, board, location);
  const media = readMedia(given.get('media'));
  const { slots } = machine.blocks;
  slots.idePerBus = board.idePerBus;
  const chosen = slots.choose(place);
  checkErrorPolicy(given, chosen.interface);
  const name = id ?? slots.nameOf(chosen, media);
  const guess = addContent(machine, reader, { given, cache, media, name, location });
  if (guess !== undefined) say(guessWarning(guess));
  slots.add({ ...chosen, id: name, media, location, isDefault: false });
  if (chosen.interface !== 'virtio') return [];
  const device: readonly OptionEntry[] = [
    { name: 'driver', value: 'virtio-blk' },
    { name: 'drive', value: name },
  ];
  return [{ form: 'options', id: undefined, entries: device, location }];
}

/** Drives with nothing in them, which boards have for media. */
export function addDefaultDrives(
  machine: Machine,
  parts: ReadonlySet<DefaultPart>,
  board: BoardTraits,
): void {
  const { slots } = machine.blocks;
  slots.idePerBus = board.idePerBus;
  const add = (part: DefaultPart, kind: DriveInterface, index: number, media: DriveSlot['media']) => {
    if (!parts.has(part) || !board.parts.includes(part) || slots.byIndex(kind, index) !== undefined) return;
    const place = slots.choose({ interface: kind, index });
    const id = slots.nameOf(place, media);
    machine.blocks.addDrive(id, undefined);
    slots.add({ ...place, id, media, location: undefined, isDefault: true });
  };
  add('cdrom', board.driveInterface, 2, 'cdrom');
  add('floppy', 'floppy', 0, 'disk');
  add('sd-card', 'sd', 0, 'disk');
}

/** @throws QmpError for a drive that the board has no place for */
export function checkDrivesUsed({ blocks }: Machine): void {
  for (const { id, interface: kind, bus, unit, isDefault, location } of blocks.slots.all) {
    if (isDefault || kind === 'none' || kind === 'virtio') continue;
    if (blocks.drives.find(drive => drive.id === id)?.device !== undefined) continue;
    const place = `if=${kind},bus=${bus},unit=${unit}`;
    throw new QmpError(`machine type does not support ${place}`).at(location);
  }
}

function readPlace(given: Given, board: BoardTraits, location: string | undefined): PlaceRequest {
  const number = (name: string): number | undefined => {
    const text = given.get(name);
    if (text === undefined) return undefined;
    const value = Number(BigInt.asIntN(32, parseNumber(name, text, location)));
    return value === -1 && name !== 'bus' ? undefined : value;
  };
  const [index, bus, unit] = ['index', 'bus', 'unit'].map(number);
  const wanted = given.get('if');
  const kind = wanted === undefined ? board.driveInterface : DRIVE_INTERFACES.find(each => each === wanted);
  if (kind === undefined) throw new QmpError(`unsupported bus type '${wanted}'`);
  return { interface: kind, index, bus, unit };
}

function readMedia(text = 'disk'): DriveSlot['media'] {
  if (text === 'disk' || text === 'cdrom') return text;
  throw new QmpError(`'${text}' invalid media`);
}

function cacheMode(text: string | undefined): TextValue | undefined {
  if (text === undefined) return undefined;
  const mode = Object.hasOwn(CACHE_MODES, text) ? CACHE_MODES[text] : undefined;
  if (mode === undefined) throw new QmpError('invalid cache option');
  return mode;
}

function checkErrorPolicy(given: Given, kind: DriveInterface): void {
  for (const name of ['werror', 'rerror'] as const)
    if (given.has(name) && !WITH_ERROR_POLICY.includes(kind))
      throw new QmpError(`${name} is not supported by this bus type`);
}

interface Content {
  readonly given: Given;
  readonly cache: TextValue | undefined;
  readonly media: DriveSlot['media'];
  readonly name: string;
  readonly location: string | undefined;
}

/** Opens what is in the drive, if anything is. @returns the file of which it had to be guessed that it is a raw image */
function addContent(
  machine: Machine,
  reader: TextArguments,
  { given, cache, media, name, location }: Content,
): string | undefined {
  for (const flag of ['snapshot', 'copy-on-read']) parseBoolean(flag, given.get(flag) ?? 'off', location);
  const { aio } = Object.fromEntries(given);
  if (aio !== undefined && !['threads', 'native', 'io_uring'].includes(aio))
    throw new QmpError('invalid aio option');
  for (const [policy, actions] of Object.entries(ERROR_ACTIONS)) {
    const action = given.get(policy);
    const kind = policy === 'werror' ? 'write' : 'read';
    if (action !== undefined && !actions.some(each => each === action))
      throw new QmpError(`'${action}' invalid ${kind} error action`);
  }
  const written = new Map([...given].filter(([option]) => !DRIVE_OPTIONS.has(option)));
  if (written.get('file') === '') written.delete('file');
  if (written.size === 0) {
    machine.blocks.addDrive(name, undefined);
    return undefined;
  }
  const isReadOnly = readOnly(written, media);
  const { text, guess } = driveText(written, isReadOnly, { cache, aio });
  const options = driveOptions(reader, text);
  // In the name of a node, values stay as they were written.
  machine.blocks.addDrive(name, options, Object.fromEntries(written));
  return isReadOnly === 'on' ? undefined : guess;
}

function readOnly(written: Given, media: DriveSlot['media']): string | undefined {
  return written.get('readonly') ?? written.get('read-only') ?? (media === 'cdrom' ? 'on' : undefined);
}

function guessWarning(file: string): string {
  return [
    `WARNING: Image format was not specified for '${file}' and probing guessed raw.`,
    '         Automatically detecting the format is dangerous for raw images, write operations on block 0 will be restricted.',
    "         Specify the 'raw' format explicitly to remove the restrictions.",
  ].join('\n');
}

/** @throws QmpError where `-blockdev` would have another word for what cannot be */
function driveOptions(reader: TextArguments, text: { readonly [name: string]: TextValue }): BlockdevOptions {
  try {
    return checkedBlockdev(reader.read('blockdev-add', text));
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    const driver = /^Parameter 'driver' does not accept value '(.*)'$/.exec(error.desc)?.[1];
    if (driver !== undefined) throw new QmpError(`Unknown driver '${driver}'`);
    const option = /^Parameter '(.*)' is unexpected$/.exec(error.desc)?.[1];
    if (option === undefined) throw error;
    throw new QmpError(
      text.file === undefined
        ? `Block protocol '${text.driver}' doesn't support the option '${option}'`
        : `Block format '${text.driver}' does not support the option '${option}'`,
    );
  }
}

interface DriveText {
  readonly text: { readonly [name: string]: TextValue };
  /** The file of which it had to be guessed that it is a raw image. */
  readonly guess?: string;
}

/** Options of the old syntax as those of nodes: a file gets the format it has, unless one is named. */
function driveText(
  written: Given,
  isReadOnly: string | undefined,
  { cache, aio }: { readonly cache: TextValue | undefined; readonly aio: string | undefined },
): DriveText {
  const file = written.get('file');
  const format = written.get('format') ?? written.get('driver');
  const rest = [...written].filter(([name]) => !OLD_NAMES.has(name));
  const common = {
    ...Object.fromEntries(rest),
    ...(isReadOnly === undefined ? {} : { 'read-only': isReadOnly }),
    ...(cache === undefined ? {} : { cache }),
  };
  if (file === undefined) {
    if (format === undefined) throw new QmpError('Must specify either driver or file');
    return { text: { driver: format, ...common } };
  }
  const ofFile = { filename: file, ...(aio === undefined ? {} : { aio }) };
  const driver = format ?? probe(file);
  if (driver === 'file') return { text: { driver, ...ofFile, ...common } };
  return {
    text: { driver, file: { driver: 'file', ...ofFile }, ...common },
    ...(format === undefined && driver === 'raw' ? { guess: file } : {}),
  };
}

const OLD_NAMES = new Set(['file', 'format', 'driver', 'readonly', 'read-only', 'discard']);

function probe(file: string): string {
  try {
    return isQcow2(file) ? 'qcow2' : 'raw';
  } catch {
    return 'raw';
  }
}
