import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireQemu } from '../helpers/beside-qemu.ts';
import { builtProgram } from '../helpers/program.ts';

/** Each time this has come, one types what follows. */
const TURNS = [
  ['\x01c', '(qemu) '],
  ['info name\n', '(qemu) '],
  ['\x01c\x01c', '(qemu) '],
  ['quit\n', 'quit'],
] as const;

/** Nothing more is shown for this long when it is one's turn. */
const QUIET_MS = 150;

/** All that a program shows on a terminal of which the serial port and the monitor share the keys. */
async function conversation(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, ['-accel', 'tcg', '-S', ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  let shown = '';
  let seen = 0;
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    shown += text;
  });
  for (const [keys, sign] of TURNS) {
    child.stdin.write(keys);
    while (shown.indexOf(sign, seen) < 0) await Promise.race([once(child.stdout, 'data'), ended]);
    do {
      seen = shown.length;
      await sleep(QUIET_MS);
    } while (shown.length > seen);
  }
  await ended;
  return shown;
}

describe('a terminal without a screen, beside QEMU', () => {
  for (const line of [
    '-M pseries -nographic',
    '-M none -nographic -serial mon:stdio',
    '-M pseries -display none -serial mon:stdio',
  ]) {
    it(line, async function () {
      requireQemu(this, 'ppc64');
      const args = line.split(' ');
      const expected = await conversation('qemu-system-ppc64', args);
      assert.equal(await conversation(builtProgram('qmpsim-system-ppc64'), args), expected);
    });
  }
});
