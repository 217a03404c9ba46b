const WORD = 4;

/** Big-endian 32-bit words, as PAPR has them everywhere. @param values signed or unsigned */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * WORD);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * WORD);
  return bytes;
}
