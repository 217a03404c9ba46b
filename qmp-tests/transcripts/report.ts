/**
 * Replays recordings of QEMU against our program and prints where they differ:
 * `tsx qmp-tests/transcripts/report.ts [-a] [FILE…]`, with `-a` also what is excepted.
 */
import { join } from 'node:path';
import { readRecording, recordingsFolder } from './recording.ts';
import { Replay } from './replay.ts';

const folder = recordingsFolder();
if (folder === undefined) throw new Error('no recordings: set QMPSIM_ORACLE');
const program = join(import.meta.dirname, '../../dist/qmpsim-system-ppc64');
for (const name of process.argv.slice(2)) {
  let total = 0;
  let bad = 0;
  for (const section of readRecording(join(folder, `${name}.jsonl`))) {
    const result = await Replay.run(section, program);
    total += result.exchanges;
    if (result.refused !== undefined) {
      console.log(`${name}:${section.line} refused: ${result.refused}`);
      bad += result.exchanges;
      continue;
    }
    bad += result.differences.length;
    for (const { line, sent, expected, actual } of result.differences) {
      console.log(`${name}:${line} ${sent.slice(0, 300)}`);
      console.log(`   QEMU ${expected.join('\n        ').slice(0, 1500)}`);
      console.log(`   ours ${actual.join('\n        ').slice(0, 1500)}`);
    }
  }
  console.log(`## ${name}: ${total - bad} of ${total} agree`);
}
