import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built, Output, ROOT, Workplace } from './program.ts';

const PROGRAMS = ['qmpsim', 'qmpsim-system-ppc64', 'qmpsim-system-x86_64'];
const MACHINE = ['-M', 'pseries', '-S', '-nodefaults', '-display', 'none', '-qmp', 'stdio'];

describe('the executables', function () {
  this.timeout(20_000);
  let place: Workplace;

  beforeEach(() => {
    place = new Workplace();
  });
  afterEach(() => place.dispose());

  /** Starts a machine that speaks QMP on its standard streams, and asks it something. */
  async function ask(program: string, command: string): Promise<unknown> {
    const child = place.spawn(program, ...MACHINE);
    const output = new Output(child.stdout);
    child.stdin.write('{"execute": "qmp_capabilities"}');
    assert.match(await output.lines(2), /^\{"QMP": .*\r\n\{"return": \{\}\}\r\n$/);
    child.stdin.write(`{"execute": "${command}"}`);
    const answer = JSON.parse(await output.lines(1)).return;
    child.stdin.write('{"execute": "quit"}');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    return answer;
  }

  for (const name of PROGRAMS) {
    it(`${name} says what it is`, async () => {
      const { status, stdout, stderr } = await place.run(built(name), '-version');
      assert.match(stdout, /^QEMU emulator version 7\.2\.22 \(qmpsim /);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    });

    it(`${name} names an option it does not know, under its own name`, async () => {
      assert.deepEqual(await place.run(built(name), '-nosuch'), {
        status: 1,
        stdout: '',
        stderr: `${name}: -nosuch: invalid option\n`,
      });
    });
  }

  it('are those of package.json', () => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    assert.deepEqual(Object.keys(bin), PROGRAMS);
    for (const [name, path] of Object.entries(bin)) assert.equal(join(ROOT, String(path)), built(name));
  });

  it('run from another folder, and through a link', async () => {
    assert.deepEqual(await ask(built('qmpsim-system-ppc64'), 'query-target'), { arch: 'ppc64' });
    const link = join(place.folder, 'qemu-system-ppc64');
    symlinkSync(built('qmpsim-system-ppc64'), link);
    assert.deepEqual(await ask(link, 'query-target'), { arch: 'ppc64' });
  });

  it('choose target and accelerator by the name they are called by', async () => {
    assert.deepEqual(await ask(built('qmpsim'), 'query-kvm'), { present: true, enabled: true });
    assert.deepEqual(await ask(built('qmpsim-system-ppc64'), 'query-kvm'), {
      present: false,
      enabled: false,
    });

    const link = join(place.folder, 'qemu-system-x86_64');
    symlinkSync(built('qmpsim'), link);
    const { status, stderr } = await place.run(link, '-M', 'pseries');
    assert.equal(status, 1);
    assert.match(stderr, /^qemu-system-x86_64: unsupported machine type\n/);
  });

  it('start from code that was compiled when they were built', async () => {
    const hook = join(place.folder, 'hook.cjs');
    writeFileSync(
      hook,
      `const vm = require('node:vm');
      vm.Script = class extends vm.Script {
        constructor(...args) {
          super(...args);
          console.log(this.cachedDataRejected);
        }
      };`,
    );
    const { stdout } = await place.run(process.execPath, '--require', hook, built('qmpsim'), '-version');
    assert.equal(stdout.split('\n')[0], 'false');
  });

  it('do not read the certificates that are there for other programs', async () => {
    const env = [
      'env',
      `NODE_EXTRA_CA_CERTS=${join(place.folder, 'nosuch.pem')}`,
      built('qmpsim'),
      '-version',
    ] as const;
    const { status, stderr } = await place.run(...env);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });

  it('end on a signal with status 0, their socket removed', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const machine = place.spawn(built('qmpsim'), 'start');
      await once(machine.stdout, 'data');
      assert.deepEqual(readdirSync(place.folder), ['qmp.sock']);
      machine.kill(signal);
      assert.deepEqual(await once(machine, 'exit'), [0, null]);
      assert.deepEqual(readdirSync(place.folder), []);
    }
  });

  it('take a first word for a subcommand only as qmpsim', async () => {
    const { status, stderr } = await place.run(built('qmpsim'), 'shell', 'nosuch.sock');
    assert.equal(status, 1);
    assert.match(stderr, /^qmpsim shell: nosuch\.sock: .*ENOENT/);
    const other = await place.run(built('qmpsim-system-ppc64'), 'shell');
    assert.equal(
      other.stderr,
      "qmpsim-system-ppc64: shell: Could not open 'shell': No such file or directory\n",
    );
  });
});
