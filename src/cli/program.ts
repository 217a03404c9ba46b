/** The entry point of the executables. */

import { QEMU_VERSION } from '../commands/version.ts';
import type { Application } from './main.ts';
import { main } from './main.ts';
import { findSubcommand } from './subcommands.ts';

const application: Application = {
  version: {
    qemu: [QEMU_VERSION.qemu.major, QEMU_VERSION.qemu.minor, QEMU_VERSION.qemu.micro].join('.'),
    package: QEMU_VERSION.package,
  },
  describe: async (topic, { target }) => (await import('./describe.ts')).describe(topic, target),
  run: async (configuration, stage) => (await import('./application.ts')).run(configuration, stage),
};

const run = findSubcommand(process.argv) ?? (() => main(process.argv, application));
run().then(
  status => {
    process.exitCode = status;
  },
  error => {
    console.error(error);
    process.exitCode = 1;
  },
);
