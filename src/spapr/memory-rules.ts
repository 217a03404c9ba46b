import { QmpError } from '../base/errors.ts';
import type { MemoryLayout } from '../machine/memory-size.ts';

/** Logical memory block: in these steps memory comes and goes, bytes. */
export const LMB_SIZE = 256n << 20n;
/** What the firmware needs to start in. */
const MIN_RMA = 128n << 20n;
const MAX_SLOTS = 32n;

/**
 * Whether firmware and guest could do with this memory.
 * @param isInBlocks whether the machine hands it out in blocks, which can come and go
 * @param nodes bytes on each NUMA node
 * @throws QmpError
 */
export function checkSpaprMemory(
  isInBlocks: boolean,
  { size, slots, maxSize }: MemoryLayout,
  nodes: readonly bigint[],
): void {
  // Firmware starts in the first node that has memory.
  if ((nodes.find(bytes => bytes > 0n) ?? size) < MIN_RMA) {
    throw new QmpError('pSeries SLOF firmware requires >= 80ldMiB guest RMA (Real Mode Area memory)');
  }
  if (isInBlocks) checkBlocks(size, maxSize, nodes);
  if (slots > MAX_SLOTS) {
    throw new QmpError(`Specified number of memory slots ${slots} exceeds max supported ${MAX_SLOTS}`);
  }
}

function checkBlocks(size: bigint, maxSize: bigint, nodes: readonly bigint[]): void {
  // QEMU shows the size at start in both messages.
  const misaligned = (what: string) => `${what} 0x${size.toString(16)} is not aligned to 256 MiB`;
  if (size % LMB_SIZE !== 0n) throw new QmpError(misaligned('Memory size'));
  if (maxSize % LMB_SIZE !== 0n) throw new QmpError(misaligned('Maximum memory size'));
  for (const [node, bytes] of nodes.entries()) {
    if (bytes % LMB_SIZE !== 0n)
      throw new QmpError(`Node ${node} memory size 0x${bytes.toString(16)} is not aligned to 256 MiB`);
  }
}
