import { QmpError } from '../base/errors.ts';
import type { QomObject } from '../qom/object.ts';
import { MemoryRegion } from './region.ts';

/** Memory that the user brings along, and that one device, or the machine, can have. */
export interface MemorySource extends QomObject {
  /** Bytes. */
  readonly size: bigint;
  readonly region: MemoryRegion;
  /** Whoever has it now. */
  user: QomObject | undefined;
}

function isMemorySource(object: QomObject): object is MemorySource {
  return 'region' in object && object.region instanceof MemoryRegion && 'user' in object;
}

/** The memory that an object of type `memory-backend` stands for. @throws QmpError if somebody has it already */
export function freeMemory(object: QomObject): MemorySource {
  if (!isMemorySource(object)) throw new Error(`${object.path} is no memory`);
  if (object.user !== undefined) throw new QmpError(`can't use already busy memdev: ${object.name}`);
  return object;
}
