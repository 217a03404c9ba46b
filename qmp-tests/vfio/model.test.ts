import fc from 'fast-check';
import { KVM_CAPABILITIES } from '../../src/host/inventory.ts';
import { worldCommands } from './model-commands.ts';
import { RAM_PAGES, type Surroundings, World } from './model-world.ts';

/** How many commands there are in all; more where everything is required. */
const COMMANDS = Number(process.env.QMPSIM_COMMANDS ?? (process.env.QMPSIM_REQUIRE === '1' ? 40_000 : 4000));
const PER_STORY = 200;

const surroundings: fc.Arbitrary<Surroundings> = fc.record({
  iommu: fc.constantFrom('spapr-tce-v1', 'spapr-tce-v2'),
  kvm: fc.constantFrom(undefined, [], ['spapr-tce'], ['spapr-tce', 'spapr-tce-64'], [...KVM_CAPABILITIES]),
  // None, one or two v1 windows, the guest's memory, nothing.
  memlock: fc.constantFrom(undefined, 2n ** 31n, 2n ** 32n, BigInt(RAM_PAGES) * 0x1000n, 0n),
  guest: fc.constantFrom('linux', 'linux', 'none'),
});

const DEFAULT_SEED = 20151101;

describe('whatever guest, client and host do', function () {
  this.timeout(600_000);

  it(`keeps the machine sound: ${COMMANDS} commands`, async () => {
    const story = fc.asyncProperty(
      surroundings,
      fc.commands(worldCommands, { maxCommands: PER_STORY, size: 'max' }),
      async (given, commands) => {
        const world = await World.start(given);
        await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
        await world.end(given);
      },
    );
    // The same stories each time, so that a failure is the change's; others with QMPSIM_SEED.
    const seed = Number(process.env.QMPSIM_SEED ?? DEFAULT_SEED);
    await fc.assert(story, {
      numRuns: Math.ceil(COMMANDS / (PER_STORY / 2)),
      seed,
    });
  });
});
