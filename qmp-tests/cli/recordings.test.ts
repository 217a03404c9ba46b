import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/application.ts';
import { describe as describeTopic } from '../../src/cli/describe.ts';
import { type Application, main } from '../../src/cli/main.ts';
import { EXCEPTED_LINES, NOT_RUN } from './exceptions.ts';

/** What QEMU 7.2 did. */
interface Recorded {
  readonly argv: readonly string[];
  readonly exit?: number;
  readonly stderr: string;
  /** It ran until it was ended. */
  readonly started?: boolean;
  /** What TCG cannot do was said, too, which is left out of `stderr`. */
  readonly capWarnings?: boolean;
}

interface Outcome {
  readonly exit: number | 'started';
  readonly stderr: string;
  readonly warnsOfCapabilities: boolean;
}

/** Invocations by their line in the file, from 1. */
function invocations(): readonly (readonly [line: number, recorded: Recorded])[] {
  const text = readFileSync(join(import.meta.dirname, 'testdata/command-line.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line, index): [number, Recorded] => [index + 1, JSON.parse(line)])
    .filter(([, { argv }]) => argv !== undefined);
}

const CAPABILITY_WARNING = /^\S+ warning: TCG doesn't support requested feature, cap-.*\n/gm;
const END = /^\S+ terminating on signal 15\n$/m;

/** The whole program but for its process, ended by a signal as soon as it would serve clients. */
async function outcomeOf(argv: readonly string[]): Promise<Outcome> {
  let stderr = '';
  let isStarted = false;
  const application: Application = {
    version: { qemu: '7.2.22', package: 'test' },
    describe: (topic, { target }) => describeTopic(topic, target),
    run: (configuration, stage) =>
      run(configuration, {
        ...stage,
        ready() {
          isStarted = true;
          process.emit('SIGTERM', 'SIGTERM');
        },
      }),
  };
  const status = await main(['node', ...argv], application, (fd, text) => {
    if (fd === 2) stderr += text;
  });
  return {
    exit: isStarted ? 'started' : status,
    stderr: stderr.replace(CAPABILITY_WARNING, '').replace(END, ''),
    warnsOfCapabilities: stderr.search(CAPABILITY_WARNING) >= 0,
  };
}

describe("QEMU 7.2's command lines", () => {
  const home = process.cwd();
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'qmpsim-cli-'));
    process.chdir(folder);
  });

  afterEach(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });

  for (const [line, { argv, exit, stderr, started = false, capWarnings = false }] of invocations()) {
    if (NOT_RUN.has(line)) continue;
    it(argv.map(quote).join(' '), async () => {
      const actual = await outcomeOf(argv);
      const expected: Outcome = {
        exit: started ? 'started' : (exit ?? -1),
        stderr,
        warnsOfCapabilities: capWarnings,
      };
      if (EXCEPTED_LINES.has(line))
        assert.notDeepEqual(actual, expected, 'this agrees now: exceptions.ts lists it still');
      else assert.deepEqual(actual, expected, `line ${line}`);
    });
  }
});

function quote(word: string): string {
  return /^[\w.,:=/-]+$/.test(word) ? word : `'${word}'`;
}
