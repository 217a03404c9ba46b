import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { LiveProgram } from '../qmp/live-program.ts';

type Call = readonly [command: string, args: object, reply: unknown];

/** Commands and what QEMU 7.2 answered to them, in turn, for the devices that both of us have. */
const CALLS: readonly Call[] = readFileSync(new URL('testdata/commands.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line));

interface Info {
  readonly label: string;
}

describe('commands about character devices', () => {
  let program: LiveProgram;
  afterEach(() => program.stop());

  it('are answered as QEMU answers', async () => {
    program = new LiveProgram([
      ...['-M', 'pseries', '-accel', 'tcg', '-S', '-display', 'none', '-nodefaults'],
      ...['-chardev', 'ringbuf,id=rb,size=16'],
      ...['-chardev', 'null,id=n', '-mon', 'chardev=n,mode=readline'],
      ...['-chardev', 'null,id=mx,mux=on', '-mon', 'chardev=mx,mode=readline'],
      ...['-qmp', 'unix:qmp.sock,server=on,wait=off'],
    ]);
    const wire = await (await program.connect()).negotiate();
    for (const [command, args, expected] of CALLS) {
      const reply = await wire.execute(command, args);
      const actual = command === 'query-chardev' ? normalised(reply) : reply;
      assert.deepEqual(actual, expected, `${command} ${JSON.stringify(args)}`);
    }
  });
});

function normalised(devices: unknown): unknown {
  const infos: readonly Info[] = JSON.parse(
    JSON.stringify(devices).replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT'),
  );
  const others = infos.filter(({ label }) => label !== 'compat_monitor0');
  return others.sort((a, b) => (a.label < b.label ? -1 : 1));
}
