/**
 * A made-up client against QEMU and against our program, side by side:
 * `npm run differential -- --seed N --steps M`, or `--runs R` for R seeds from N on; `--target pc` or `q35` for
 * another machine than pseries, `pseries-default` and so on for one with all that it comes with; with `--survey` it goes on after a difference and prints them all.
 */
import { parseArgs } from 'node:util';
import { isKind, KINDS } from './kinds.ts';
import { isQemuInstalled } from './programs.ts';
import { contrastOf, explore, type Outcome, shrink, survey } from './session.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    steps: { type: 'string', default: '300' },
    runs: { type: 'string', default: '1' },
    target: { type: 'string', default: 'pseries' },
    survey: { type: 'boolean', default: false },
  },
});

if (!isKind(values.target)) throw new Error(`--target is one of ${Object.keys(KINDS).join(', ')}`);
const kind = KINDS[values.target];
if (!isQemuInstalled(kind.qemu)) throw new Error(`${kind.qemu} is not installed`);

function print(outcome: Outcome): void {
  for (const step of outcome.steps) console.log(`  ${JSON.stringify(step)}`);
  for (const line of contrastOf(outcome)) console.log(`    ${line}`);
}

for (let run = 0; run < Number(values.runs); run++) {
  const seed = Number(values.seed) + run;
  if (values.survey) {
    const found = await survey(seed, Number(values.steps), kind);
    for (const outcome of found) print(outcome);
    console.log(`seed ${seed}: ${found.length} of ${values.steps} steps differ`);
    continue;
  }
  const outcome = await explore(seed, Number(values.steps), kind);
  console.log(
    {
      agreed: `seed ${seed}: ${outcome.steps.length} steps agree`,
      differed: `seed ${seed}: step ${outcome.steps.length} is answered differently:`,
      crashed: `seed ${seed}: QEMU ends at step ${outcome.steps.length}:`,
    }[outcome.kind],
  );
  if (outcome.kind === 'agreed') continue;
  print(await shrink(outcome, kind));
  process.exitCode = 1;
}
