import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { built, Output, ROOT, Workplace } from './program.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const PROMPT = '(QEMU) ';

describe('the README', function () {
  this.timeout(20_000);
  let place: Workplace;

  beforeEach(() => {
    place = new Workplace();
  });
  afterEach(() => place.dispose());

  it('shows a session that goes exactly like that', async () => {
    const machine = place.spawn(built('qmpsim'), 'start');
    await once(machine.stdout, 'data');
    const shell = place.spawn(built('qmpsim'), 'shell', 'qmp.sock');
    const output = new Output(shell.stdout);
    for (const { typed, answer } of session(blocks('console'))) {
      shell.stdin.write(`${typed}\n`);
      const printed = await output.lines(answer.split('\n').length - 1);
      assert.equal(withoutTime(printed), withoutTime(answer), typed);
    }
    shell.stdin.end();
    assert.deepEqual(await once(shell, 'exit'), [0, null]);
    assert.equal(await output.lines(1), '', 'nothing more was printed');
  });

  it('shows library code that prints what its comments say', async () => {
    const [code = ''] = blocks('js');
    const expected = [...code.matchAll(/console\.log\(.*\/\/ (.*)/g)].map(([, text]) => `${text}\n`);
    assert.ok(expected.length > 0);
    built('lib/index.mjs');
    const words = ['--input-type=module', '--eval', code];
    // Within the project the package's name means the project itself.
    const { status, stdout, stderr } = await place.run('env', '-C', ROOT, process.execPath, ...words);
    assert.equal(stderr, '');
    assert.equal(stdout, expected.join(''));
    assert.equal(status, 0);
  });

  it('shows a command line that is understood', async () => {
    const [line = ''] = /^ {4}dist\/qmpsim-system-ppc64 (?:.*\\\n)*.*$/m.exec(README) ?? [];
    const [, ...words] = line.replace(/\\\n/g, ' ').trim().split(/\s+/);
    const socket = join(place.folder, 'qmp.sock');
    const here = words.map(word => word.replace('/tmp/qmp,', `${socket},`));
    const machine = place.spawn(built('qmpsim-system-ppc64'), ...here, '-qmp', 'stdio');
    const output = new Output(machine.stdout);
    assert.match(await output.lines(1), /^\{"QMP": /);
    assert.ok(existsSync(socket));
    machine.stdin.end('{"execute": "qmp_capabilities"} {"execute": "quit"}');
    assert.deepEqual(await once(machine, 'exit'), [0, null]);
  });

  it('names only scripts and files that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const [, name = ''] of README.matchAll(/npm (?:run )?(start|test|lint|bench)\b/g)) {
      assert.ok(Object.hasOwn(scripts, name), `npm run ${name}`);
    }
    for (const [, path = ''] of README.matchAll(/`((?:schema|qmp-tests|src)\/[\w./-]*)`/g)) {
      assert.ok(existsSync(join(ROOT, path)), path);
    }
    const table = [...README.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    assert.ok(table.length > 10);
    for (const room of table) assert.ok(existsSync(join(ROOT, 'src', room)), `src/${room}`);
  });
});

/** The README's blocks of code in a language. */
function blocks(language: string): readonly string[] {
  const found = README.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...found].map(([, content = '']) => content);
}

/** What is typed, and all lines that follow. */
function session(parts: readonly string[]): readonly { readonly typed: string; readonly answer: string }[] {
  const [before, ...steps] = parts.join('').split(PROMPT);
  assert.equal(before, '');
  assert.ok(steps.length > 5);
  return steps.map(step => {
    const end = step.indexOf('\n');
    return { typed: step.slice(0, end), answer: step.slice(end + 1) };
  });
}

function withoutTime(text: string): string {
  return text.replace(/"seconds": \d+, "microseconds": \d+/g, '"seconds": 0, "microseconds": 0');
}
