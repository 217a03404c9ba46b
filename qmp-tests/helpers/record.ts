/** Has the conversations of transcripts again and writes down what is said now: `tsx record.ts FILE…` */
import { writeFileSync } from 'node:fs';
import { Transcript } from './transcript.ts';

for (const path of process.argv.slice(2)) {
  writeFileSync(path, await Transcript.read(path).record());
}
