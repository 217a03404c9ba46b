import fc from 'fast-check';
import { SEED, SEED_IS_ASKED } from '../helpers/random.ts';
import { commandsFor, impossibleFor } from './model/commands.ts';
import { operationsOf } from './model/host-steps.ts';
import { KINDS, type Kind, surroundings } from './model/kinds.ts';
import { Tally } from './model/tally.ts';
import { World } from './model/world.ts';

/** How many commands there are in all; more where everything is required. */
const COMMANDS = Number(
  process.env.QMPSIM_COMMANDS ?? (process.env.QMPSIM_REQUIRE === '1' ? 208_000 : 13_000),
);
const PER_KIND = Math.ceil(COMMANDS / KINDS.length);
const PER_STORY = 400;
/** Stories that are told with one seed. */
const PER_BATCH = 5;
const SEEDS_PER_KIND = 10_000;

/** One that was asked for is that of a story, to be told again. */
function firstSeed(kind: Kind): number {
  return SEED_IS_ASKED ? SEED : SEED + KINDS.indexOf(kind) * SEEDS_PER_KIND;
}

/** Tells stories of a kind until so many commands have been answered. */
async function tellStories(kind: Kind): Promise<Tally> {
  const chronicle = { kind, tally: new Tally(), untouched: new Map<string, unknown>() };
  const story = fc.asyncProperty(
    surroundings(kind),
    fc.commands(commandsFor(kind), { maxCommands: PER_STORY, size: 'max' }),
    async (given, commands) => {
      const world = await World.start(chronicle, given);
      await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
      await world.end();
    },
  );
  for (let seed = firstSeed(kind); chronicle.tally.commands < PER_KIND; seed++) {
    try {
      await fc.assert(story, { numRuns: PER_BATCH, seed });
    } catch (error) {
      const again = `Again: QMPSIM_SEED=${seed} npx mocha qmp-tests/vfio/model.test.ts -g '${kind.name}'`;
      throw error instanceof Error ? new Error(`${error.message}\n${again}`, { cause: error.cause }) : error;
    }
  }
  return chronicle.tally;
}

describe('whatever guest, client and host do', function () {
  this.timeout(600_000);

  for (const kind of KINDS) {
    it(`keeps the machine sound: ${PER_KIND} commands to ${kind.name}`, async () => {
      const tally = await tellStories(kind);
      tally.assertFruitful(impossibleFor(kind), operationsOf(kind));
    });
  }
});
