import { type BigIntStats, statSync } from 'node:fs';

/** What is known of a file; undefined if there is none, or none that can be reached. */
export function fileStatus(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
