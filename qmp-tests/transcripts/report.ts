/**
 * Replays recordings of QEMU against our program and prints where they differ:
 * `tsx qmp-tests/transcripts/report.ts [-a] [NAME…]`, with `-a` also what is excepted.
 */
import { contrast } from '../differential/messages.ts';
import { exceptedLines, RECORDINGS } from './exceptions.ts';
import { readRecording } from './recording.ts';
import { replayAll } from './replay-all.ts';

const args = process.argv.slice(2);
const isAll = args.includes('-a');
const names = args.filter(word => word !== '-a');
for (const name of RECORDINGS.filter(each => names.length === 0 || names.includes(each))) {
  const excepted = exceptedLines(name);
  const sections = readRecording(name);
  const all = (await Promise.all(replayAll(sections))).flat();
  const shown = all.filter(({ line }) => isAll || !excepted.has(line));
  for (const { line, sent, expected, actual } of shown) {
    console.log(`${name}:${line} ${sent.slice(0, 300)}`);
    const [first = ''] = expected;
    const [second = ''] = actual;
    if (expected.length === 1 && actual.length === 1)
      console.log(`   ${contrast(first, second).join('\n   ')}`);
    else console.log(`   QEMU ${expected.join('\n        ')}\n   ours ${actual.join('\n        ')}`);
  }
  console.log(`## ${name}: ${sections.length} sections, ${shown.length} differences`);
}
