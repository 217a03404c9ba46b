import assert from 'node:assert/strict';
import { KINDS, type Kind } from './kinds.ts';
import { isQemuInstalled, ourProgram, QEMU } from './programs.ts';
import { contrastOf, explore, shrink } from './session.ts';
import { differences, walk } from './walk.ts';

/** Messages of one session; together with the seeds, at least 5,000. */
const STEPS = 420;
const SEEDS = Array.from({ length: 12 }, (_, index) => 600 + index);
/** Machines besides the one that QEMU is compared with above all, with a seed each. */
const OTHERS = { pc: 620, q35: 621, 'pseries-default': 622, 'pc-default': 623, 'q35-default': 624 } as const;

/** Something of every kind that is there. */
const DEVICES = [
  'e1000,id=e0,addr=3',
  'e1000,addr=4.0,multifunction=on',
  'e1000,addr=4.1',
  'virtio-net-pci,id=vn,addr=7',
  'spapr-pci-host-bridge,index=1,id=p1',
  'e1000,bus=p1.0',
  'spapr-pci-host-bridge,index=3',
  'virtio-net-pci,disable-legacy=on,bus=pci.0',
  'virtio-net-pci,romfile=,bus=pci.0,mac=00:11:22:33:44:55',
];

describe('beside QEMU', function () {
  this.timeout(180_000);
  const args = ['-M', 'pseries', '-accel', 'tcg', '-nodefaults', '-S', '-display', 'none'];
  let programs: { readonly qemu: string; readonly ours: string };

  before(function () {
    if (!isQemuInstalled()) {
      assert.notEqual(process.env.QMPSIM_REQUIRE, '1', `${QEMU} is not installed`);
      this.skip();
    }
    programs = { qemu: QEMU, ours: ourProgram() };
  });

  for (const seed of SEEDS)
    it(`a made-up client gets the same answers to ${STEPS} messages (seed ${seed})`, () =>
      compare(seed, KINDS.pseries));
  for (const [kind, seed] of Object.entries(OTHERS))
    it(`and on ${kind} (seed ${seed})`, () => compare(seed, KINDS[kind as keyof typeof OTHERS]));

  it('the object tree has the same objects, properties and values', async () => {
    const all = [...args, ...DEVICES.flatMap(device => ['-device', device])];
    const [qemu, ours] = [await walk(programs.qemu, all), await walk(programs.ours, all)];
    assert.deepEqual(differences(qemu, ours), []);
  });

  for (const machine of ['pseries', 'none']) {
    it(`the object tree of ${machine} as it comes is the same`, async () => {
      const asItComes = ['-M', machine, '-accel', 'tcg', '-S', '-display', 'none'];
      const [qemu, ours] = [await walk(programs.qemu, asItComes), await walk(programs.ours, asItComes)];
      assert.deepEqual(differences(qemu, ours), []);
    });
  }
});

async function compare(seed: number, kind: Kind): Promise<void> {
  const outcome = await explore(seed, STEPS, kind);
  assert.notEqual(outcome.kind, 'crashed', `QEMU ends at ${outcome.steps.at(-1)}`);
  if (outcome.kind === 'agreed') return;
  const { steps, ...smallest } = await shrink(outcome, kind);
  assert.fail([...steps, ...contrastOf(smallest)].join('\n'));
}
