import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtProgram } from '../helpers/program.ts';
import { LiveProgram } from '../qmp/live-program.ts';

const BOARDS = [
  ['ppc64', 'pseries'],
  ['x86_64', 'pc'],
  ['x86_64', 'q35'],
] as const;

/** What QEMU 7.2 showed of a machine without `-nodefaults`. */
function recorded(machine: string, file: string): string | undefined {
  const path = join(import.meta.dirname, 'testdata/boards', `${machine}-${file}`);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

describe('boards as they come, as recorded from QEMU', () => {
  for (const [target, machine] of BOARDS) {
    it(`${machine} has what QEMU's has`, async () => {
      const args = ['-M', machine, '-accel', 'tcg', '-S', '-display', 'none'];
      const program = new LiveProgram([...args, '-qmp', 'unix:qmp.sock,server=on,wait=off'], {
        program: builtProgram(`qmpsim-system-${target}`),
      });
      try {
        const monitor = await program.connect('qmp.sock');
        const ask = async (execute: string, args: object = {}): Promise<unknown> => {
          monitor.send(JSON.stringify({ execute, arguments: args }));
          return JSON.parse((await monitor.line()) ?? '').return;
        };
        await monitor.line();
        await ask('qmp_capabilities');
        for (const topic of ['qtree', 'qom-tree', 'pci']) {
          const answer = await ask('human-monitor-command', { 'command-line': `info ${topic}` });
          assert.equal(String(answer).replaceAll('\r\n', '\n'), recorded(machine, `${topic}.txt`), topic);
        }
        for (const topic of ['block', 'chardev']) {
          const expected = recorded(machine, `${topic}.json`);
          if (expected !== undefined) assert.deepEqual(await ask(`query-${topic}`), JSON.parse(expected));
        }
      } finally {
        await program.stop();
      }
    });
  }
});
