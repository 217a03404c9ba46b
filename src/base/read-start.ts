import { closeSync, openSync, readSync } from 'node:fs';

/** The first bytes of a file, as many as there are. @throws the system's error, also for a folder */
export function readStart(path: string, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}
