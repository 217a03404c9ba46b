/** One element of a distinguished encoding (X.690, section 8.1): its identifier octet and what it holds. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The elements that the bytes are made of, one after the other. Throws `RangeError` if they are not. */
export function derElements(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    at += 2;
    let length = first;
    // Longer ones say how many bytes their length has.
    if (first >= 0x80) {
      const end = at + (first & 0x7f);
      for (length = 0; at < end; at++) length = length * 256 + (bytes[at] ?? 0);
    }
    if (at + length > bytes.length) throw new RangeError('an element is longer than what it is part of');
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}
