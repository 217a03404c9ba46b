import { fstatSync } from 'node:fs';
import { QmpError } from './errors.ts';

const MAX = 2 ** 31 - 1;

/**
 * A file descriptor as the user gives it: a number, or the name that a client gave one that it sent along.
 * @param isClient whether a client asks, as opposed to the command line
 * @throws QmpError for names: none ever arrive
 */
export function readDescriptor(text: string, isClient: boolean): number {
  if (isClient && !/^\d/.test(text)) throw new QmpError(`File descriptor named '${text}' has not been found`);
  if (!/^\+?\d+$/.test(text) || Number(text) > MAX)
    throw new QmpError(`Invalid file descriptor number '${text}'`);
  return Number(text);
}

/** Whether this process has it. */
export function isOpenDescriptor(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
