/** A program around the command line whose machine is nothing but a listening socket. */

import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Configuration } from '../../../src/cli/configuration.ts';
import { CliError } from '../../../src/cli/errors.ts';
import { main, type Stage } from '../../../src/cli/main.ts';

async function run({ chardevs }: Configuration, stage: Stage): Promise<number> {
  const server = createServer();
  const [chardev] = chardevs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(CliError.at(chardev?.location, error.message)));
    server.listen(chardev?.options.path, resolve);
  });
  const terminated = new Promise(resolve => process.once('SIGTERM', resolve));
  stage.log('about to be ready\n');
  stage.ready();
  writeSync(2, 'said in the background\n');
  await terminated;
  server.close();
  return 0;
}

process.exitCode = await main(process.argv, {
  version: { qemu: '7.2.22', package: 'test' },
  describe: async topic => `about ${topic.about}\n`,
  run,
});
