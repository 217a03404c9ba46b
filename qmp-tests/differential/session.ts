import { Generator } from './generator.ts';
import { images } from './images.ts';
import type { Kind } from './kinds.ts';
import { contrast } from './messages.ts';
import { ourProgram } from './programs.ts';
import { Random } from './random.ts';
import type { Step } from './step.ts';
import { type Disagreement, Twins } from './twins.ts';

/** How a session went. */
export type Outcome =
  | { readonly kind: 'agreed'; readonly steps: readonly string[] }
  /** The last of these steps was answered differently. */
  | { readonly kind: 'differed'; readonly steps: readonly string[]; readonly differs: Disagreement }
  /** QEMU itself did not survive the last of these steps: nothing can be learned from it. */
  | { readonly kind: 'crashed'; readonly steps: readonly string[] };

const NEGOTIATION = '{"execute":"qmp_capabilities"}\n';

/** How often a session is tried again with something left out. */
const SHRINKING_RUNS = 80;

/** Plays a made-up client against both programs until they disagree. */
export async function explore(seed: number, count: number, kind: Kind): Promise<Outcome> {
  const generator = new Generator(new Random(seed), kind);
  const steps: string[] = [];
  const twins = await start(kind);
  try {
    while (steps.length < count) {
      const step = generator.next();
      steps.push(step.bytes);
      const differs = await take(step, twins, generator);
      if (twins.qemuIsGone) return { kind: 'crashed', steps };
      if (differs !== undefined) return { kind: 'differed', steps, differs };
    }
    return { kind: 'agreed', steps };
  } finally {
    await twins.stop();
  }
}

/** Goes on after disagreements. @returns all steps at which the two said something different */
export async function survey(seed: number, count: number, kind: Kind): Promise<readonly Outcome[]> {
  const generator = new Generator(new Random(seed), kind);
  const found: Outcome[] = [];
  const twins = await start(kind);
  try {
    for (let number = 0; number < count && !twins.qemuIsGone; number++) {
      const step = generator.next();
      const differs = await take(step, twins, generator);
      if (differs !== undefined) found.push({ kind: 'differed', steps: [step.bytes], differs });
    }
    return found;
  } finally {
    await twins.stop();
  }
}

async function take(step: Step, twins: Twins, generator: Generator): Promise<Disagreement | undefined> {
  const { said, differs } = await twins.send(step.bytes);
  generator.learn(step, said);
  return differs;
}

/** Sends exactly these steps, up to the first that is not answered alike. */
export async function replay(steps: readonly string[], kind: Kind): Promise<Outcome> {
  const twins = await start(kind);
  try {
    for (const [index, bytes] of steps.entries()) {
      const { differs } = await twins.send(bytes);
      const sent = steps.slice(0, index + 1);
      if (twins.qemuIsGone) return { kind: 'crashed', steps: sent };
      if (differs !== undefined) return { kind: 'differed', steps: sent, differs };
    }
    return { kind: 'agreed', steps };
  } finally {
    await twins.stop();
  }
}

/** Leaves out as much as it can without losing what happens at the last step. */
export async function shrink(outcome: Outcome, kind: Kind): Promise<Outcome> {
  const last = outcome.steps.at(-1);
  let smallest = outcome;
  let runs = 0;
  const attempt = async (steps: readonly string[]) => {
    runs++;
    const again = await replay(steps, kind);
    if (again.kind !== outcome.kind || again.steps.at(-1) !== last) return false;
    smallest = again;
    return true;
  };
  if (outcome.steps.length > 1 && (await attempt(outcome.steps.slice(-1)))) return smallest;
  // Ever finer parts of what came before.
  for (let part = smallest.steps.length; part > 1; ) {
    part = Math.ceil(part / 2);
    for (let from = 0; from < smallest.steps.length - 1 && runs < SHRINKING_RUNS; ) {
      const to = Math.min(from + part, smallest.steps.length - 1);
      const rest = [...smallest.steps.slice(0, from), ...smallest.steps.slice(to)];
      if (!(await attempt(rest))) from = to;
    }
  }
  return smallest;
}

/** What exactly was answered differently, a line for each member. */
export function contrastOf(outcome: Pick<Outcome, 'kind'> & { readonly differs?: Disagreement }): string[] {
  const { qemu = [], ours = [] } = outcome.differs ?? {};
  const count = Math.max(qemu.length, ours.length);
  return Array.from({ length: count }, (_, index) => contrast(qemu[index] ?? '', ours[index] ?? '')).flat();
}

async function start(kind: Kind): Promise<Twins> {
  const twins = await Twins.start(kind.args, kind.qemu, ourProgram(kind.ours), images());
  await twins.send(NEGOTIATION);
  return twins;
}
