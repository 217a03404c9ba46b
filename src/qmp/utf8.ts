/**
 * UTF-8 as QEMU reads it: `C0 80` stands for U+0000, and everything else that is overlong, a surrogate,
 * a noncharacter (U+FDD0..U+FDEF, the last two of each plane) or above U+10FFFF is invalid.
 */
export const INVALID = -1;
const REPLACEMENT = 0xfffd;

/** Smallest code point that needs a sequence of the index's length. */
const SMALLEST = [0, 0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000];

/** True for what may be a character: not for surrogates and noncharacters. */
export function isCharacter(codePoint: number): boolean {
  if (codePoint < 0 || codePoint > 0x10ffff) return false;
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return false;
  if (codePoint >= 0xfdd0 && codePoint <= 0xfdef) return false;
  return (codePoint & 0xfffe) !== 0xfffe;
}

/** How many bytes a sequence with this first byte wants; 1 also for bytes that cannot start one. */
function wantedLength(lead: number): number {
  if (lead < 0xc0 || lead > 0xfd) return 1;
  return Math.clz32(~(lead << 24));
}

/** How many bytes the (perhaps invalid or cut off) sequence at `at` takes; `at < end`. */
export function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const wanted = wantedLength(bytes[at] ?? 0);
  let length = 1;
  while (length < wanted && at + length < end && ((bytes[at + length] ?? 0) & 0xc0) === 0x80) length++;
  return length;
}

/** The code point of the sequence of `length` bytes at `at` (see {@link sequenceLength}), or `INVALID`. */
export function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return lead;
  const wanted = wantedLength(lead);
  if (wanted === 1 || length < wanted) return INVALID;
  let codePoint = lead & (0x7f >> wanted);
  for (let i = 1; i < length; i++) codePoint = codePoint * 64 + ((bytes[at + i] ?? 0) & 0x3f);
  if (codePoint === 0 && length === 2) return 0;
  if (codePoint < (SMALLEST[length] ?? 0) || !isCharacter(codePoint)) return INVALID;
  return codePoint;
}

/** Text for a message: each invalid sequence becomes one U+FFFD, and the text ends before the first NUL byte. */
export function decodeForMessage(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  const end = nul < 0 ? bytes.length : nul;
  let text = '';
  for (let at = 0; at < end; ) {
    const length = sequenceLength(bytes, at, end);
    const codePoint = codePointAt(bytes, at, length);
    text += String.fromCodePoint(codePoint === INVALID ? REPLACEMENT : codePoint);
    at += length;
  }
  return text;
}
