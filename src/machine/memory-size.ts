import { QmpError } from '../base/errors.ts';

/** Bytes. An absent `size` is the machine's default, and so is 0. */
export interface MemoryRequest {
  readonly size: bigint | undefined;
  readonly slots: bigint | undefined;
  readonly maxSize: bigint | undefined;
}

/** Bytes. */
export interface MemoryLayout {
  readonly size: bigint;
  /** Sockets for memory to be plugged in later. */
  readonly slots: bigint;
  /** `size`, or more where memory can be plugged. */
  readonly maxSize: bigint;
}

/**
 * Fills in what `-m` left out and checks what holds for any machine; alignment is the machine's affair.
 *
 * @param defaultSize the machine's own memory size, in bytes
 */
export function resolveMemory(request: MemoryRequest, defaultSize: bigint): MemoryLayout {
  const size = request.size || defaultSize;
  const { slots = 0n, maxSize } = request;
  if (maxSize === undefined) {
    if (request.slots !== undefined) throw new QmpError('slots specified but no max-size');
    return { size, slots, maxSize: size };
  }
  const sizes = (relation: string) =>
    `maximum memory size (${hex(maxSize)}) ${relation} the initial memory size (${hex(size)})`;
  if (maxSize < size) {
    throw new QmpError(`invalid value of maxmem: ${sizes('must be at least')}`);
  }
  if (slots > 0n && maxSize === size) {
    throw new QmpError(`invalid value of maxmem: memory slots were specified but ${sizes('is equal to')}`);
  }
  return { size, slots, maxSize };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
