import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { layOut } from '../../src/client/layout.ts';
import { shell } from '../../src/client/shell.ts';
import { createMachine, type Simulator, serve } from '../../src/index.ts';

describe('the shell', () => {
  let folder: string;
  let machine: Simulator;
  let path: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qmpsim-shell-'));
    machine = createMachine();
    path = join(folder, 'qmp');
    await serve(machine, `unix:${path}`);
  });

  afterEach(() => {
    machine.close();
    rmSync(folder, { recursive: true });
  });

  async function run(words: readonly string[], lines: readonly string[]) {
    const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
    input.end(lines.map(line => `${line}\n`).join(''));
    const status = await shell(words, { input, output, errors, terminal: false });
    output.end();
    errors.end();
    return { status, stdout: await text(output), stderr: await text(errors) };
  }

  it('prints an answer for each line', async () => {
    const lines = [
      'device_add driver=e1000 id=a',
      '',
      'device_add driver=e1000 id=a',
      'device_add id',
      '{"execute": "query-name"}',
    ];
    assert.deepEqual(await run([path], lines), {
      status: 0,
      stdout: `{"return": {}}
{"error": {"class": "GenericError", "desc": "Duplicate device ID 'a'"}}
expected key=value, not 'id'
{"return": {}}
`,
      stderr: '',
    });
  });

  it('ends with the machine', async () => {
    const { status, stdout } = await run([path], ['quit']);
    assert.equal(status, 0);
    assert.match(stdout, /"event": "SHUTDOWN"[\s\S]*\{"return": \{\}\}\n$/);
  });

  it('says how it is called', async () => {
    for (const words of [[], ['a', 'b'], ['--help']]) {
      const { status, stderr } = await run(words, []);
      assert.equal(status, 1);
      assert.match(stderr, /^usage: qmpsim shell ADDRESS/);
    }
  });
});

describe('the layout of JSON', () => {
  it('is one line where that is enough', () => {
    assert.equal(layOut({ return: [] }), '{"return": []}');
  });

  it('breaks long things where they have parts, plain values side by side', () => {
    const item = { name: 'x'.repeat(50), other: 'y'.repeat(50), third: 1, list: [1, 2] };
    assert.equal(
      layOut({ return: [item] }),
      `{"return": [{
  "name": "${item.name}",
  "other": "${item.other}", "third": 1,
  "list": [1, 2]
}]}`,
    );
  });
});
