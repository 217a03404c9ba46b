import { join } from 'node:path';
import { Transcript } from '../helpers/transcript.ts';

describe('golden transcripts', function () {
  this.timeout(60_000);

  for (const name of ['main-story']) {
    it(name, async () => {
      await Transcript.read(join(import.meta.dirname, `testdata/${name}.jsonl`)).replay();
    });
  }
});
