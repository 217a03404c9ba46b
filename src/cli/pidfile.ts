import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { systemErrorText } from '../base/system-errors.ts';
import { CliError } from './errors.ts';

/** A file with this process's number in it, there as long as the process is. */
export interface PidFile {
  /** Removes the file, unless another process has put its own in its place. Never throws. */
  remove(): void;
}

/**
 * Writes the file. QEMU also locks it, which Node.js cannot.
 *
 * @throws CliError where it cannot be written
 */
export function createPidFile(path: string, pid = process.pid): PidFile {
  // The process may change its directory later.
  const absolute = resolve(path);
  let fd: number;
  try {
    fd = openSync(absolute, constants.O_CREAT | constants.O_RDWR, 0o600);
  } catch (error) {
    throw CliError.at(
      undefined,
      `cannot create PID file: Could not create '${path}': ${systemErrorText(error)}`,
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${pid}\n`);
  const own = fstatSync(fd);
  closeSync(fd);
  return {
    remove() {
      try {
        const found = statSync(absolute);
        if (found.dev === own.dev && found.ino === own.ino) unlinkSync(absolute);
      } catch {
        // Somebody else has removed it.
      }
    },
  };
}
