/** `-drive` and its short forms: a block node, a drive, and the place where the board or a device finds it. */

import { QmpError } from '../base/errors.ts';
import type { OptionEntry } from '../base/option-syntax.ts';
import type { DriveInterface, DriveSlot } from '../block/drive-slots.ts';
import { EMPTY_DRIVE } from '../block/graph.ts';
import { readDriveOptions } from '../commands/drive-options.ts';
import { readPlace } from '../commands/drive-place.ts';
import type { BoardTraits, DefaultPart } from '../machine/board.ts';
import type { Machine } from '../machine/machine.ts';
import type { TextArguments } from '../qmp/text-arguments.ts';
import type { DeviceRequest, DriveRequest } from './configuration.ts';
import { CliError, type Report } from './errors.ts';

/** Interfaces whose devices can be told what to do when the medium fails. */
const WITH_ERROR_POLICY: readonly DriveInterface[] = ['none', 'ide', 'scsi', 'virtio'];

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
  const place = readPlace(given, board.driveInterface);
  const { slots } = machine.blocks;
  slots.idePerBus = board.idePerBus;
  const chosen = slots.choose(place);
  checkErrorPolicy(given, chosen.interface);
  const options = readDriveOptions(reader, given);
  const { media, guess } = options;
  const name = id ?? slots.nameOf(chosen, media);
  machine.blocks.addDrive(name, options);
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
    machine.blocks.addDrive(id, EMPTY_DRIVE);
    slots.add({ ...place, id, media, location: undefined, isDefault: true });
  };
  add('cdrom', board.driveInterface, 2, 'cdrom');
  add('floppy', 'floppy', 0, 'disk');
  add('sd-card', 'sd', 0, 'disk');
}

/** @throws CliError for drives that the board has no place for */
export function checkDrivesUsed({ blocks }: Machine): void {
  const reports: Report[] = [];
  for (const { id, interface: kind, bus, unit, isDefault, location } of blocks.slots.all) {
    if (isDefault || kind === 'none' || kind === 'virtio') continue;
    if (blocks.drives.find(drive => drive.id === id)?.device !== undefined) continue;
    const place = `if=${kind},bus=${bus},unit=${unit}`;
    reports.push({ severity: 'error', message: `machine type does not support ${place}`, location });
  }
  if (reports.length > 0) throw new CliError(reports);
}

function checkErrorPolicy(given: Given, kind: DriveInterface): void {
  for (const name of ['werror', 'rerror'] as const)
    if (given.has(name) && !WITH_ERROR_POLICY.includes(kind))
      throw new QmpError(`${name} is not supported by this bus type`);
}

function guessWarning(file: string): string {
  return [
    `WARNING: Image format was not specified for '${file}' and probing guessed raw.`,
    '         Automatically detecting the format is dangerous for raw images, write operations on block 0 will be restricted.',
    "         Specify the 'raw' format explicitly to remove the restrictions.",
  ].join('\n');
}
