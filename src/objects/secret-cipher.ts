import { QmpError } from '../base/errors.ts';

const ALGORITHM = 'aes-256-cbc';
const KEY_LENGTH = 32;
const BLOCK_LENGTH = 16;

/** Decrypts with AES-256 in CBC mode; the last byte is the number of those that only fill the last block. Throws `QmpError`. */
export function decrypt(content: Buffer, key: Buffer, iv: Buffer): Buffer {
  if (iv.length !== BLOCK_LENGTH) {
    throw new QmpError(`IV should be ${BLOCK_LENGTH} bytes in length not ${iv.length}`);
  }
  if (key.length !== KEY_LENGTH) throw new QmpError(`Key should be ${KEY_LENGTH} bytes in length`);
  if (content.length % BLOCK_LENGTH !== 0) {
    throw new QmpError(`Length ${content.length} must be a multiple of block size ${BLOCK_LENGTH}`);
  }
  if (content.length === 0) return content;
  const { createDecipheriv } = process.getBuiltinModule('node:crypto');
  const cipher = createDecipheriv(ALGORITHM, key, iv).setAutoPadding(false);
  const plain = Buffer.concat([cipher.update(content), cipher.final()]);
  const padding = plain.at(-1) ?? 0;
  if (padding > BLOCK_LENGTH) {
    throw new QmpError(`Incorrect number of padding bytes (${padding}) found on decrypted data`);
  }
  return plain.subarray(0, plain.length - padding);
}
