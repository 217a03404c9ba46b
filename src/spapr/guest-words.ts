import type { Machine } from '../machine/machine.ts';
import { words } from './big-endian.ts';

const WORD = 4;
/** The topmost bits of an address say how it is reached; what is reached is below. */
const REAL_ADDRESS_BITS = 60;

/** Big-endian 32-bit words of the guest's memory, unsigned. */
export function readWords(
  { memorySpace }: Pick<Machine, 'memorySpace'>,
  address: bigint,
  count: number,
): readonly number[] {
  const bytes = Buffer.from(memorySpace.read(BigInt.asUintN(REAL_ADDRESS_BITS, address), count * WORD));
  return Array.from({ length: count }, (_, index) => bytes.readUInt32BE(index * WORD));
}

/** @param values signed or unsigned */
export function writeWords(
  { memorySpace }: Pick<Machine, 'memorySpace'>,
  address: bigint,
  values: readonly number[],
): void {
  memorySpace.write(BigInt.asUintN(REAL_ADDRESS_BITS, address), words(...values));
}

/** Text that ends with a zero byte, or after `longest` bytes; each character is a byte. */
export function readText(
  { memorySpace }: Pick<Machine, 'memorySpace'>,
  address: bigint,
  longest: number,
): string {
  const bytes = Buffer.from(memorySpace.read(address, longest));
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? longest : end);
}
