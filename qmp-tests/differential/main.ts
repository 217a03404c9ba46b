/**
 * A made-up client against QEMU and against our program, side by side:
 * `npm run differential -- --seed N --steps M`, or `--runs R` for R seeds from N on.
 */
import { parseArgs } from 'node:util';
import { isQemuInstalled, ourProgram, QEMU } from './programs.ts';
import { explore, type Failure, shrink } from './session.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    steps: { type: 'string', default: '300' },
    runs: { type: 'string', default: '1' },
    'no-shrink': { type: 'boolean', default: false },
  },
});

if (!isQemuInstalled()) throw new Error(`${QEMU} is not installed`);
const programs = { qemu: QEMU, ours: ourProgram() };

function print({ steps, differs }: Failure): void {
  for (const step of steps) console.log(`  ${JSON.stringify(step)}`);
  console.log(`QEMU says\n  ${differs.qemu.join('\n  ')}`);
  console.log(`we say\n  ${differs.ours.join('\n  ')}`);
}

for (let run = 0; run < Number(values.runs); run++) {
  const seed = Number(values.seed) + run;
  const outcome = await explore(seed, Number(values.steps), programs);
  switch (outcome.kind) {
    case 'agreed':
      console.log(`seed ${seed}: ${outcome.steps} steps agree`);
      break;
    case 'crashed':
      console.log(`seed ${seed}: QEMU ended at step ${outcome.steps.length}: ${outcome.steps.at(-1)}`);
      break;
    case 'differed': {
      const { failure } = outcome;
      console.log(`seed ${seed}: differs at step ${failure.steps.length}`);
      print(
        values['no-shrink']
          ? { ...failure, steps: failure.steps.slice(-1) }
          : await shrink(failure, programs),
      );
      process.exitCode = 1;
      break;
    }
  }
}
