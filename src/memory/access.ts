import type { FlatRange } from './flat-view.ts';
import { littleEndian, littleEndianBytes } from './little-endian.ts';

const SPACE = 2n ** 64n;
/** Registers are reached by so many bytes at a time. */
const WIDEST_ACCESS = 4;
const NOTHING_ANSWERS = 0xff;

/**
 * What a processor reads: contents of memory, registers, zeroes where there is neither, ones where there are registers
 * that nobody has a model of. Addresses go on at 0 after the last.
 * @param view ascending
 */
export function readView(view: readonly FlatRange[], address: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  forEachAccess(view, address, bytes, ({ region: { contents, registers } }, offset, part) => {
    if (contents !== undefined) contents.read(offset, part);
    else if (registers === undefined) part.fill(NOTHING_ANSWERS);
    else part.set(littleEndianBytes(registers.read(Number(offset), part.length), part.length));
  });
  return bytes;
}

/** What a processor writes; what lands where it cannot be written is lost. */
export function writeView(view: readonly FlatRange[], address: bigint, bytes: Uint8Array): void {
  forEachAccess(view, address, bytes, ({ region, readonly }, offset, part) => {
    if (region.contents === undefined)
      region.registers?.write(Number(offset), part.length, littleEndian(part));
    else if (!readonly && region.kind === 'ram') region.contents.write(offset, part);
  });
}

/** @param access to a part of `bytes`, with the range that it is in, and where in the range's region */
function forEachAccess(
  view: readonly FlatRange[],
  address: bigint,
  bytes: Uint8Array,
  access: (range: FlatRange, offset: bigint, part: Uint8Array) => void,
): void {
  let at = address;
  for (let done = 0; done < bytes.length; ) {
    const rest = bytes.length - done;
    const range = view.find(({ start, size }) => at < start + size);
    let count: number;
    if (range === undefined || at < range.start) {
      count = smaller((range?.start ?? SPACE) - at, rest);
    } else {
      const offset = range.offset + at - range.start;
      // The first byte decides which registers answer, though others may begin within the access.
      count =
        range.region.contents === undefined
          ? widthOf(offset, rest)
          : smaller(range.start + range.size - at, rest);
      access(range, offset, bytes.subarray(done, done + count));
    }
    done += count;
    at = (at + BigInt(count)) % SPACE;
  }
}

function smaller(size: bigint, limit: number): number {
  return size < BigInt(limit) ? Number(size) : limit;
}

/** What is not aligned, or too wide, is accessed in pieces that are neither. */
function widthOf(offset: bigint, limit: number): number {
  let width = WIDEST_ACCESS;
  while (width > limit || offset % BigInt(width) !== 0n) width /= 2;
  return width;
}
