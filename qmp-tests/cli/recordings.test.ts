import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { outcomeOf } from './helpers.ts';

/** What QEMU 7.2 did; without `exit` it ran. */
interface Invocation {
  readonly argv: readonly string[];
  readonly exit?: number;
  readonly stderr: string;
}

interface CommandLines {
  /** Invocations whose outcome the command line alone decides. */
  readonly covered: readonly Invocation[];
  /** The others, by what decides about them. */
  readonly beyond: Readonly<Record<string, readonly (readonly string[])[]>>;
}

const { covered, beyond }: CommandLines = JSON.parse(
  readFileSync(join(import.meta.dirname, 'testdata/command-lines.json'), 'utf8'),
);
const recordings = join(
  process.env.QMPSIM_ORACLE ?? join(import.meta.dirname, '../../../shared/oracle'),
  'qemu-7.2/transcripts/command-line.jsonl',
);

describe("QEMU 7.2's command lines", () => {
  for (const { argv, exit, stderr } of covered) {
    it(argv.slice(1).map(quote).join(' '), () => {
      const outcome = outcomeOf(argv);
      assert.equal(outcome.stderr, stderr);
      assert.equal(outcome.exit, exit);
    });
  }

  it('are all accounted for in the recordings', function () {
    if (!existsSync(recordings)) {
      assert.notEqual(process.env.QMPSIM_REQUIRE, '1', `${recordings} is missing`);
      this.skip();
    }
    const recorded: readonly Invocation[] = readFileSync(recordings, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
      .filter(line => line.argv !== undefined)
      .map(({ argv, exit, stderr }) => (exit === undefined ? { argv, stderr } : { argv, exit, stderr }));
    const accounted = [...covered.map(({ argv }) => argv), ...Object.values(beyond).flat()];
    const byWords = (a: readonly string[], b: readonly string[]) => (a.join('\0') < b.join('\0') ? -1 : 1);
    assert.deepEqual([...accounted].sort(byWords), recorded.map(({ argv }) => argv).sort(byWords));
    for (const invocation of covered) {
      assert.deepEqual(
        recorded.find(({ argv }) => argv.join('\0') === invocation.argv.join('\0')),
        invocation,
      );
    }
  });
});

function quote(word: string): string {
  return /^[\w.,:=/-]+$/.test(word) ? word : `'${word}'`;
}
