import { closeSync, openSync, readSync } from 'node:fs';

/** The first bytes of a file, as many as there are. */
export function readStart(path: string, bytes: number): DataView {
  const file = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(bytes);
    const count = readSync(file, buffer, 0, bytes, 0);
    return new DataView(buffer.buffer, 0, count);
  } finally {
    closeSync(file);
  }
}
