import assert from 'node:assert/strict';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';
import { TestMachine } from '../helpers/in-process.ts';

/** As QEMU prints it for a machine with the same bytes there. */
const DUMPS = [
  ['xp /8xb 0x0fff0000', '000000000fff0000: 0x11 0x22 0x33 0x44 0x55 0x66 0x77 0x88'],
  ['xp /3xh 0x0fff0001', '000000000fff0001: 0x2233 0x4455 0x6677'],
  ['xp /3xw 0x0fff0000', '000000000fff0000: 0x11223344 0x55667788 0x41420a00'],
  ['xp /2xg 0x0fff0000', '000000000fff0000: 0x1122334455667788 0x41420a00ff80fe7f'],
  ['xp /4dw 0x0fff0000', '000000000fff0000:  287454020 1432778632 1094846976 4286643839'],
  ['xp /2ow 0x0fff0000', '000000000fff0000: 02110431504 012531473610'],
  ['xp /5ob 0x0fff0000', '000000000fff0000: 021 042 063 0104 0125'],
  ['xp /2dg 0x0fff0000', '000000000fff0000:  1234605616436508552  4702331960331140735'],
  ['xp /8uh 0x0fff0000', '000000000fff0000:  4386 13124 21862 30600 16706  2560 65408 65151'],
  ['xp /5c 0x0fff0008', "000000000fff0008: 'A' 'B' '\\n' '\\x00' '\\xff'"],
  ['x /2xw 0x0fff0000', '000000000fff0000: 0x11223344 0x55667788'],
  ['sum 0x0fff0000 16', '43362'],
] as const;

/** Of memory with nothing in it, and of none. */
const LINES = [
  ...[
    'print 5',
    'p /x 255',
    'p /d -1',
    'p /u -1',
    'p /o 8',
    'p /c 65',
    'p /c 10',
    'p /i 3',
    'p /b 300',
    'p 7',
  ],
  ...['p', 'p /z 3', 'p /', 'p /x 1 2', 'xp /3xg 0x8000000', 'xp /9xb 0x8000000', 'xp /20c 0x8000000'],
  ...['xp /5dw 0x8000000', 'xp /3 0x8000000', 'x /2o 0x8000000', 'xp /0x 0', 'xp', 'xp /x', 'xp /-1x 0'],
  ...['xp /2x 0x20000000000', 'x /2xb 0x20000000000', 'sum 0x8000000 16', 'sum 0 0', 'sum 0', 'help xp'],
];

describe('what is in memory, for people', () => {
  it('is shown in every form', async () => {
    const test = new TestMachine();
    const bytes = Buffer.from('112233445566778841420a00ff80fe7f', 'hex');
    test.machine.memorySpace.write(0x0fff0000n, bytes);
    for (const [line, expected] of DUMPS) {
      const text = await test.execute('human-monitor-command', { 'command-line': line });
      assert.equal(text, `${expected}\r\n`, line);
    }
    test.close();
  });

  for (const target of ['ppc64', 'x86_64'] as const) {
    it(`is shown as by QEMU (${target})`, async function () {
      requireQemu(this, target);
      const both = await BesideQemu.start(target, ['-accel', 'tcg', '-S', '-m', '512']);
      try {
        for (const line of LINES) await both.sameText(line);
      } finally {
        await both.stop();
      }
    });
  }
});
