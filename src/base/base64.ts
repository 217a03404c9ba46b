import { QmpError } from './errors.ts';

/** Bytes from base64 as clients send it: lines may end, and what is missing at the end is not missed. Throws `QmpError`. */
export function decodeBase64(text: string): Buffer {
  if (text.includes('\0')) throw new QmpError('Base64 data contains embedded NUL characters');
  if (/[^A-Za-z0-9+/=\n]/.test(text)) throw new QmpError('Base64 data contains invalid characters');
  return Buffer.from(text, 'base64');
}
