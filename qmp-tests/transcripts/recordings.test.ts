import assert from 'node:assert/strict';
import { exceptedLines, RECORDINGS } from './exceptions.ts';
import { readRecording, type Section } from './recording.ts';
import type { Difference } from './replay.ts';
import { replayAll } from './replay-all.ts';

describe('recordings of QEMU, replayed: the answers are the same', function () {
  this.timeout(60_000);

  for (const name of RECORDINGS) {
    describe(name, () => {
      const excepted = exceptedLines(name);
      const sections = readRecording(name);
      let results: ReturnType<typeof replayAll>;
      before(() => {
        results = replayAll(sections);
      });

      for (const [index, section] of sections.entries()) {
        it(`from line ${section.line}: ${section.note}`, async () => {
          const differences = (await results[index]) ?? [];
          assert.deepEqual(differences.filter(({ line }) => !excepted.has(line)).map(describeDifference), []);
          const agreeing = linesOf(section).filter(
            line => excepted.has(line) && !differences.some(difference => difference.line === line),
          );
          assert.deepEqual(agreeing, [], 'these lines agree now: exceptions.ts lists them still');
        });
      }

      it('has no exception anywhere else', () => {
        const lines = new Set(sections.flatMap(linesOf));
        assert.deepEqual(
          [...excepted].filter(line => !lines.has(line)),
          [],
        );
      });
    });
  }
});

function linesOf({ line, exchanges }: Section): readonly number[] {
  return [line, ...exchanges.map(exchange => exchange.line)];
}

function describeDifference({ line, sent, expected, actual }: Difference): string {
  return [
    `line ${line}: ${sent}`,
    ...expected.map(text => `- ${text}`),
    ...actual.map(text => `+ ${text}`),
  ].join('\n');
}
