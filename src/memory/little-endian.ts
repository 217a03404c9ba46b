/** Of up to four bytes, unsigned. */
export function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 0x100 + byte, 0);
}

/** @param size bytes, at most four */
export function littleEndianBytes(value: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => value >>> (8 * i));
}
