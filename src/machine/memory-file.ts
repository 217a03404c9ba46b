import { type FileHandle, open } from 'node:fs/promises';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { AddressSpace } from '../memory/address-space.ts';
import type { Machine } from './machine.ts';

const STEP = 1 << 20;
/** What is not memory is found this many bytes at a time. */
const CHECKED_STEP = 1024;

type Savable = Pick<Machine, 'memorySpace' | 'end'>;

/** A part of an address space. */
export interface MemoryPart {
  /** First address, of 64 bits. */
  readonly address: bigint;
  /** Bytes. */
  readonly size: bigint;
}

/**
 * Saves physical memory. What is nothing there, reads as zero.
 * @throws (rejects with) QmpError if the file cannot be made
 */
export async function savePhysical(machine: Savable, part: MemoryPart, path: string): Promise<void> {
  await writing(path, file => copy(machine, part, STEP, file));
}

/**
 * Saves memory as a processor sees it after power-on, when nothing is translated.
 * @throws (rejects with) QmpError if the file cannot be made, or where there is nothing; what comes before is saved
 */
export async function saveVirtual(machine: Savable, part: MemoryPart, path: string): Promise<void> {
  await writing(path, file =>
    copy(machine, part, CHECKED_STEP, file, (address, length) => {
      if (isThere(machine.memorySpace, address, length)) return;
      const hex = part.address.toString(16).padStart(16, '0');
      throw new QmpError(`Invalid addr 0x${hex}/size ${part.size} specified`);
    }),
  );
}

/** Whether something answers at each of these addresses. */
export function isThere(space: AddressSpace, address: bigint, length: number): boolean {
  for (let at = address; at < address + BigInt(length); ) {
    const range = space.find(at);
    if (range === undefined) return false;
    at = range.start + range.size;
  }
  return true;
}

async function copy(
  machine: Savable,
  { address, size }: MemoryPart,
  step: number,
  file: FileHandle,
  check: (address: bigint, length: number) => void = () => {},
): Promise<void> {
  // QEMU never comes to the end of such a size.
  if (size < 0n) throw new QmpError("Parameter 'size' expects a value that is not negative");
  for (let done = 0n; done < size; done += BigInt(step)) {
    // Nobody waits for the rest of a machine that has ended meanwhile.
    if (machine.end !== undefined) return;
    const length = Number(size - done < BigInt(step) ? size - done : BigInt(step));
    const at = BigInt.asUintN(64, address + done);
    check(at, length);
    await file.write(machine.memorySpace.read(at, length)).catch(() => {
      throw new QmpError('An IO error has occurred');
    });
  }
}

/** @throws (rejects with) QmpError */
async function writing(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'w').catch((error: unknown) => {
    throw new QmpError(`Could not open '${path}': ${systemErrorText(error)}`);
  });
  try {
    await write(file);
  } finally {
    await file.close();
  }
}
