import { QmpError } from '../base/errors.ts';
import type { InputVisitor } from '../qom/visitor.ts';
import { drive } from './backend-properties.ts';
import type { Medium } from './backends.ts';
import type { Device } from './device.ts';
import { bool, choice, onOffAuto, QdevProperty, size, uint32 } from './properties.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    /**
     * For drives that are unlike a fixed disk: with a tray for media, or without a word about failures, as
     * floppy drives are, too.
     */
    readonly media?: 'tray' | 'silent' | 'floppy';
  }
}

const BLOCK_SIZE_MIN = 512n;
const BLOCK_SIZE_MAX = 2n << 20n;
const UINT32_MAX = 0xffffffffn;
const DEFAULT_BLOCK_SIZE = 512n;

/** Bytes, a power of two, or 0 for what the medium has. */
function blockSize(name: string) {
  const plain = size(name, 0n);
  return new QdevProperty<bigint>({
    name,
    type: 'size',
    description: 'A power of two between 512 B and 2 MiB',
    initial: plain.initial,
    defaultValue: plain.initial,
    parse: (visitor, device) => {
      const value = visitor.size(name);
      if (value === 0n) return value;
      // QEMU names the device by its id here, which parts of a device have not.
      const property = `${device.id ?? ''}.${name}`;
      if (value < BLOCK_SIZE_MIN || value > BLOCK_SIZE_MAX) {
        throw new QmpError(
          `Property ${property} doesn't take value ${value} (minimum: ${BLOCK_SIZE_MIN}, maximum: ${BLOCK_SIZE_MAX})`,
        );
      }
      if ((value & (value - 1n)) !== 0n)
        throw new QmpError(`Property ${property} doesn't take value '${value}', it's not a power of 2`);
      return value;
    },
    print: value => value,
  });
}

/** Bytes below 4 GiB. */
export function size32(name: string, initial: bigint): QdevProperty<bigint> {
  return new QdevProperty<bigint>({
    name,
    type: 'size',
    initial,
    defaultValue: initial,
    parse: (visitor: InputVisitor, device: Device) => {
      const value = visitor.size(name);
      if (value > UINT32_MAX) {
        throw new QmpError(
          `Property ${device.type.name}.${name} doesn't take value ${value} (maximum: ${UINT32_MAX})`,
        );
      }
      return value;
    },
    print: value => value,
  });
}

export const logicalBlockSize = blockSize('logical_block_size');
export const physicalBlockSize = blockSize('physical_block_size');
const minIoSize = size32('min_io_size', 0n);
const optIoSize = size32('opt_io_size', 0n);
/** Chosen by the device. */
export const GRANULARITY_UNSET = UINT32_MAX;
export const discardGranularity = size32('discard_granularity', GRANULARITY_UNSET);
export const shareRw = bool('share-rw', false);

/** What every device with a medium has. */
export const BLOCK_PROPERTIES = [
  drive,
  onOffAuto('backend_defaults', 'auto'),
  logicalBlockSize,
  physicalBlockSize,
  minIoSize,
  optIoSize,
  discardGranularity,
  onOffAuto('write-cache', 'auto'),
  shareRw,
  onOffAuto('account-invalid', 'auto'),
  onOffAuto('account-failed', 'auto'),
] as const;

function errorPolicy(name: string) {
  return choice(
    name,
    'BlockdevOnError',
    ['report', 'ignore', 'enospc', 'stop', 'auto'],
    'auto',
    'Error handling policy, report/ignore/enospc/stop/auto',
  );
}

/** What to do when the medium fails. */
export const BLOCK_ERROR_PROPERTIES = [errorPolicy('rerror'), errorPolicy('werror')] as const;

const cylinders = uint32('cyls', 0);
const heads = uint32('heads', 0);
const sectors = uint32('secs', 0);

/** A disk's geometry, if the user knows better. */
export const CHS_PROPERTIES = [cylinders, heads, sectors] as const;

/** The geometry that firmware shows. */
export const LCHS_PROPERTIES = [uint32('lcyls', 0), uint32('lheads', 0), uint32('lsecs', 0)] as const;

/** The medium that a device shows to its guest. @throws QmpError if it was given none */
export function requireMedium(device: Device): Medium {
  const medium = device.value(drive);
  if (medium === undefined) throw new QmpError('drive property not set');
  return medium;
}

/** Gives a device with a slot for media that was given none a drive with nothing in it. */
export function insertNothing(device: Device): void {
  if (device.value(drive) !== undefined) return;
  const medium = device.system.backends.emptyDrive?.(device);
  if (medium === undefined) return;
  device.setValue(drive, medium);
  device.onFinalize(() => medium.detach());
}

/**
 * Takes the medium into use: to write, unless it is read-only, and for itself, unless others may write too.
 * @param fixedSize the guest would not be told of another size
 * @throws QmpError
 */
export function openMedium(
  device: Device,
  medium: Medium,
  { readOnly = medium.readOnly, fixedSize = false } = {},
): void {
  if (!readOnly && medium.readOnly) throw new QmpError('Block node is read-only');
  medium.open({ write: !readOnly, shareWrites: device.value(shareRw), shareResize: !fixedSize });
}

/** Makes block sizes of zero what media have, and refuses those that do not fit each other, in QEMU's order. @throws QmpError */
export function settleBlockSizes(device: Device): void {
  for (const property of [physicalBlockSize, logicalBlockSize]) {
    if (device.value(property) === 0n) device.setValue(property, DEFAULT_BLOCK_SIZE);
  }
  const logical = device.value(logicalBlockSize);
  if (logical > device.value(physicalBlockSize))
    throw new QmpError('logical_block_size > physical_block_size not supported');
  for (const property of [minIoSize, optIoSize, discardGranularity]) {
    const value = device.value(property);
    if (property === discardGranularity && value === GRANULARITY_UNSET) continue;
    if (value % logical !== 0n)
      throw new QmpError(`${property.name} must be a multiple of logical_block_size`);
  }
}

/** A device that discards in units of at least so many bytes, unless the user knows better. */
export function settleDiscardGranularity(device: Device, least: bigint): void {
  if (device.value(discardGranularity) !== GRANULARITY_UNSET) return;
  const logical = device.value(logicalBlockSize);
  device.setValue(discardGranularity, logical > least ? logical : least);
}

/** Guesses the geometry of a medium of which none is known. */
const GUESSED_HEADS = 16;
const GUESSED_SECTORS = 63;
const GUESSED_CYLINDERS = { least: 2n, most: 16383n };
const SECTOR_SIZE = 512n;

/** Largest geometry a kind of disk can have. */
export interface GeometryLimits {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

/** Whether a disk's geometry, once it is settled, is within limits. */
export function isWithin(device: Device, limits: GeometryLimits): boolean {
  return (
    device.value(cylinders) <= limits.cylinders &&
    device.value(heads) <= limits.heads &&
    device.value(sectors) <= limits.sectors
  );
}

/** @throws QmpError where a geometry was begun but not finished, or is beyond the limits */
export function settleGeometry(device: Device, medium: Medium, limits: GeometryLimits): void {
  if ([cylinders, heads, sectors].every(property => device.value(property) === 0)) {
    const whole = medium.size / SECTOR_SIZE / BigInt(GUESSED_HEADS * GUESSED_SECTORS);
    const { least, most } = GUESSED_CYLINDERS;
    device.setValue(cylinders, Number(whole > most ? most : whole < least ? least : whole));
    device.setValue(heads, GUESSED_HEADS);
    device.setValue(sectors, GUESSED_SECTORS);
    return;
  }
  const within = (property: typeof cylinders, most: number) => {
    const value = device.value(property);
    if (value < 1 || value > most) throw new QmpError(`${property.name} must be between 1 and ${most}`);
  };
  within(cylinders, limits.cylinders);
  within(heads, limits.heads);
  within(sectors, limits.sectors);
}
