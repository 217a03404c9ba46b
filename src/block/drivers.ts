import { type BigIntStats, statSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { BlockdevOptions } from '../generated/types.ts';
import type { BlockNode, NodeFacts } from './node.ts';
import { qcow2Facts } from './qcow2.ts';

const NULL_SIZE = 1n << 30n;
const BLOCK = 512n;
const SECTOR = 512n;
const INT64_MAX = 2n ** 63n - 1n;

type OptionsOf<Driver extends BlockdevOptions['driver']> = Extract<
  BlockdevOptions,
  { readonly driver: Driver }
>;

/**
 * What a node of this kind would be.
 * @param file the node below, if it has one
 * @throws QmpError where it cannot be
 */
export function factsOf(options: BlockdevOptions, file: BlockNode | undefined): NodeFacts {
  switch (options.driver) {
    case 'null-co':
    case 'null-aio':
      return nullFacts(options);
    case 'file':
    case 'host_device':
    case 'host_cdrom':
      return fileFacts(options);
    case 'raw':
      return rawFacts(options, required(file));
    case 'qcow2':
      return qcow2Facts(required(file));
    default:
      // What QEMU says of a driver that is in a module which is not installed.
      throw new QmpError(`Unknown driver '${options.driver}'`);
  }
}

function required(file: BlockNode | undefined): BlockNode {
  if (file === undefined) throw new QmpError("Parameter 'file' is missing");
  return file;
}

function nullFacts(options: OptionsOf<'null-co' | 'null-aio'>): NodeFacts {
  const { driver, size, 'read-zeroes': zeroes, 'latency-ns': latency } = options;
  const bytes = BigInt(size ?? NULL_SIZE);
  if (latency !== undefined && (latency < 0 || latency > INT64_MAX))
    throw new QmpError('latency-ns is invalid');
  // QEMU ends itself here.
  if (bytes < 0n) throw new QmpError(`Invalid size ${bytes}`);
  const strong: JsonObject = {
    ...(size === undefined ? {} : { size }),
    ...(zeroes === undefined ? {} : { 'read-zeroes': zeroes }),
  };
  const named = Object.keys(strong).length === 0;
  return {
    driver,
    size: bytes,
    allocated: 0n,
    filename: named ? `${driver}://` : undefined,
    options: strong,
  };
}

function fileFacts(options: OptionsOf<'file' | 'host_device' | 'host_cdrom'>): NodeFacts {
  const { driver, filename, 'pr-manager': reservations } = options;
  if (reservations !== undefined)
    throw new QmpError(`No persistent reservation manager with id '${reservations}'`);
  const status = existing(filename);
  const forWriting = options['read-only'] !== true && options['auto-read-only'] !== true;
  if (status.isDirectory() && forWriting) throw new QmpError(`Could not open '${filename}': Is a directory`);
  if (options.aio === 'native' && options.cache?.direct !== true)
    throw new QmpError('aio=native was specified, but it requires cache.direct=on, which was not specified.');
  if (driver === 'file' && !status.isFile())
    throw new QmpError(`'file' driver requires '${filename}' to be a regular file`);
  return {
    driver,
    size: status.isFile() ? status.size : 0n,
    allocated: status.blocks * BLOCK,
    filename,
    options: { filename },
    hasDirtyFlag: true,
  };
}

/** @throws QmpError if there is no such file */
function existing(filename: string): BigIntStats {
  try {
    return statSync(filename, { bigint: true });
  } catch (error) {
    throw new QmpError(`Could not open '${filename}': ${systemErrorText(error)}`);
  }
}

function rawFacts(options: OptionsOf<'raw'>, file: BlockNode): NodeFacts {
  const offset = BigInt(options.offset ?? 0);
  const whole = options.offset === undefined && options.size === undefined;
  if (offset > file.size) {
    throw new QmpError(
      `Offset (${offset}) cannot be greater than size of the containing file (${file.size})`,
    );
  }
  const size = options.size === undefined ? file.size - offset : BigInt(options.size);
  if (offset + size > file.size) {
    throw new QmpError(
      `The sum of offset (${offset}) and size (${size}) has to be smaller or equal to the  actual size of the containing file (${file.size})`,
    );
  }
  if (options.size !== undefined && size % SECTOR !== 0n)
    throw new QmpError(`Specified size is not multiple of ${SECTOR}`);
  return {
    driver: 'raw',
    size,
    allocated: file.facts.allocated,
    filename: whole ? file.nameForFormat : undefined,
    clusterSize: file.facts.clusterSize,
    options: {
      ...(options.offset === undefined ? {} : { offset: options.offset }),
      ...(options.size === undefined ? {} : { size: options.size }),
    },
    children: [['file', file]],
    isPart: !whole,
    hasDirtyFlag: file.facts.hasDirtyFlag === true,
  };
}
