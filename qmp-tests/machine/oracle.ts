import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(
  process.env.QMPSIM_ORACLE ?? join(import.meta.dirname, '../../../shared/oracle'),
  'qemu-7.2',
);

/** A recording of QEMU 7.2, or the end of the test where there are no recordings. */
export function recorded<T>(test: Mocha.Context, path: string): T {
  const file = join(FOLDER, path);
  if (!existsSync(file)) {
    assert.notEqual(process.env.QMPSIM_REQUIRE, '1', `${file} is missing`);
    test.skip();
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Lists whose order is that of QEMU's hash tables are compared as sets. */
export function byName<T extends { readonly name: string }>(list: readonly T[]): readonly T[] {
  return [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
}
