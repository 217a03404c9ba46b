import { Generator, type Step } from './generator.ts';
import { Random } from './random.ts';
import { type Disagreement, Twins } from './twins.ts';

export interface Programs {
  readonly qemu: string;
  readonly ours: string;
}

/** The first step at which the two disagreed. */
export interface Failure {
  /** Everything that was sent up to and including that step. */
  readonly steps: readonly string[];
  readonly differs: Disagreement;
}

export type Outcome =
  | { readonly kind: 'agreed'; readonly steps: number }
  | { readonly kind: 'differed'; readonly failure: Failure }
  /** QEMU itself crashed: nothing can be learned from this seed. */
  | { readonly kind: 'crashed'; readonly steps: readonly string[] };

/** The machine: nothing on it but what pseries always has, and never running its firmware. */
const ARGUMENTS = ['-M', 'pseries', '-accel', 'tcg', '-nodefaults', '-S', '-display', 'none'];
const NEGOTIATION = '{"execute":"qmp_capabilities"}\n';

/** How often a failing session is tried again with something left out. */
const SHRINKING_RUNS = 80;

/** Plays a made-up client against both programs until they disagree. */
export async function explore(seed: number, count: number, programs: Programs): Promise<Outcome> {
  const generator = new Generator(new Random(seed));
  const sent: string[] = [];
  const twins = await start(programs);
  try {
    while (sent.length < count) {
      const step: Step = generator.next();
      sent.push(step.bytes);
      const { said, differs } = await twins.send(step.bytes);
      if (twins.qemuIsGone) return { kind: 'crashed', steps: sent };
      if (differs !== undefined) return { kind: 'differed', failure: { steps: sent, differs } };
      if (step.lists !== undefined) generator.tree.learn(step.lists, said);
    }
    return { kind: 'agreed', steps: sent.length };
  } finally {
    await twins.stop();
  }
}

/** @returns the first disagreement when exactly these steps are sent */
export async function replay(steps: readonly string[], programs: Programs): Promise<Failure | undefined> {
  const twins = await start(programs);
  try {
    for (const [index, bytes] of steps.entries()) {
      const { differs } = await twins.send(bytes);
      if (twins.qemuIsGone) return undefined;
      if (differs !== undefined) return { steps: steps.slice(0, index + 1), differs };
    }
    return undefined;
  } finally {
    await twins.stop();
  }
}

/** Leaves out as much as it can without losing the disagreement at the last step. */
export async function shrink(failure: Failure, programs: Programs): Promise<Failure> {
  let smallest = failure;
  let runs = 0;
  const attempt = async (steps: readonly string[]) => {
    runs++;
    const again = await replay(steps, programs);
    if (again === undefined || again.steps.at(-1) !== failure.steps.at(-1)) return false;
    smallest = again;
    return true;
  };
  // The last step alone, then with ever finer parts of the rest left out.
  if (failure.steps.length > 1 && (await attempt(failure.steps.slice(-1)))) return smallest;
  for (
    let part = Math.ceil(smallest.steps.length / 2);
    part >= 1;
    part = part === 1 ? 0 : Math.ceil(part / 2)
  ) {
    for (let start = 0; start < smallest.steps.length - 1 && runs < SHRINKING_RUNS; ) {
      const end = Math.min(start + part, smallest.steps.length - 1);
      const rest = [...smallest.steps.slice(0, start), ...smallest.steps.slice(end)];
      if (!(await attempt(rest))) start = end;
    }
  }
  return smallest;
}

async function start(programs: Programs): Promise<Twins> {
  const twins = await Twins.start(ARGUMENTS, programs.qemu, programs.ours);
  await twins.send(NEGOTIATION);
  return twins;
}
