import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

/**
 * Skips the tests of a suite where a file of a client is not installed, unless everything is required.
 * @param test of a `before` hook
 * @param from the Debian package that has the file
 */
export function requireFile(test: Mocha.Context, path: string, from: string): void {
  if (existsSync(path)) return;
  const problem = `${path} of ${from} is missing`;
  assert.notEqual(process.env.QMPSIM_REQUIRE, '1', problem);
  skipAll(test, problem);
}

/** Skips the tests of a suite, and says why. @param test of a `before` hook */
export function skipAll(test: Mocha.Context, why: string): void {
  for (const skipped of test.runnable().parent?.tests ?? []) skipped.title += ` (${why})`;
  test.skip();
}
