import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What QEMU 7.2 answered once: a file of `testdata`, by target and name. */
export function recorded<T>(path: `${'ppc64' | 'x86_64'}/${string}`): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, `testdata/${path}.json`), 'utf8'));
}

/** Lists whose order is that of QEMU's hash tables are compared as sets. */
export function byName<T extends { readonly name: string }>(list: readonly T[]): readonly T[] {
  return [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
}
