const DEFAULT_SEED = 20151101;
const { QMPSIM_SEED: asked, QMPSIM_RUNS: factor = '1' } = process.env;

/** The same cases each time, so that a failure is the change's; others, and a failed one again, with QMPSIM_SEED. */
export const SEED = Number(asked ?? DEFAULT_SEED);
export const SEED_IS_ASKED = asked !== undefined;

/**
 * What a property is checked with.
 * @param runs how many cases; QMPSIM_RUNS times as many where more are wanted
 */
export function cases(runs: number): { readonly seed: number; readonly numRuns: number } {
  return { seed: SEED, numRuns: runs * Number(factor) };
}
