import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createPidFile } from '../../src/cli/pidfile.ts';

const PROGRAM = join(import.meta.dirname, 'testdata/program.ts');

describe('the process', function () {
  this.timeout(20_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'qmpsim-cli-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function start(...words: readonly string[]): ChildProcess {
    const tsx = createRequire(PROGRAM).resolve('tsx');
    return spawn(process.execPath, ['--import', tsx, PROGRAM, ...words], { cwd: directory });
  }

  /** Resolves once the file is not there any more. */
  function gone(path: string): Promise<void> {
    return new Promise(resolve => {
      const check = () => {
        if (existsSync(path)) return;
        watcher.close();
        resolve();
      };
      const watcher = watch(directory, check);
      check();
    });
  }

  /** Ends when nobody holds the program's stdout and stderr any more. */
  async function runToEnd(...words: readonly string[]) {
    const child = start(...words);
    assert.ok(child.stdout && child.stderr);
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { status, stdout, stderr };
  }

  it('prints the version as QEMU begins it', async () => {
    const { status, stdout } = await runToEnd('-version');
    assert.equal(status, 0);
    assert.match(stdout, /^QEMU emulator version 7\.2\.22 \(test\)\n/);
  });

  it('prints help about options itself, and asks the models about the rest', async () => {
    assert.match((await runToEnd('--help')).stdout, /^-host NAME\|FILE/m);
    assert.equal((await runToEnd('-device', 'help')).stdout, 'about devices\n');
    const list = await runToEnd('-mon', 'c,help');
    assert.deepEqual(list, {
      status: 1,
      stdout: 'mon options:\n  chardev=<str>\n  mode=<str>\n  pretty=<bool (on/off)>\n',
      stderr: '',
    });
  });

  it('says what is wrong on stderr and ends with status 1', async () => {
    assert.deepEqual(await runToEnd('-nosuch'), {
      status: 1,
      stdout: '',
      stderr: 'program.ts: -nosuch: invalid option\n',
    });
    assert.deepEqual(await runToEnd('-pidfile', 'nosuchdir/x'), {
      status: 1,
      stdout: '',
      stderr:
        "program.ts: cannot create PID file: Could not create 'nosuchdir/x': No such file or directory\n",
    });
    assert.deepEqual(await runToEnd('-D', 'nosuchdir/x'), {
      status: 1,
      stdout: '',
      stderr: 'program.ts: Error opening logfile nosuchdir/x: No such file or directory\n',
    });
  });

  it('goes into the background once it listens, letting go of its output', async () => {
    const socket = join(directory, 'qmp.sock');
    const pidFile = join(directory, 'pid');
    const words = [
      '-nodefaults',
      '-qmp',
      `unix:${socket},server=on,wait=off`,
      '-pidfile',
      'pid',
      '-daemonize',
    ];
    const { status, stderr } = await runToEnd(...words);
    assert.equal(stderr, 'about to be ready\n');
    assert.equal(status, 0);

    const pid = Number(readFileSync(pidFile, 'utf8'));
    try {
      const client = connect(socket);
      await once(client, 'connect');
      client.destroy();
    } finally {
      process.kill(pid, 'SIGTERM');
    }
    await gone(pidFile);
  });

  it('shows the errors of the process in the background', async () => {
    const words = ['-nodefaults', '-qmp', 'unix:nosuchdir/x,server=on', '-daemonize'];
    const { status, stderr } = await runToEnd(...words);
    assert.match(stderr, /^program\.ts: -qmp unix:nosuchdir\/x,server=on: listen /);
    assert.equal(status, 1);
  });

  it('removes its pid file, but not that of another process', () => {
    const path = join(directory, 'pid');
    const own = createPidFile(path, 42);
    assert.equal(readFileSync(path, 'utf8'), '42\n');
    own.remove();
    assert.equal(existsSync(path), false);

    const replaced = createPidFile(path, 42);
    rmSync(path);
    // Keeps the file system from giving the same inode to the new file.
    writeFileSync(join(directory, 'other'), '');
    writeFileSync(path, '43\n');
    replaced.remove();
    assert.equal(readFileSync(path, 'utf8'), '43\n');
  });
});
