import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { requireQemu } from '../helpers/beside-qemu.ts';
import { builtProgram } from '../helpers/program.ts';
import { LiveProgram, type Wire } from '../qmp/live-program.ts';
import { requireFile } from './installed.ts';

const MACHINE = '-M pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off';
/** Longest time for a program to end. */
const PATIENCE_MS = 8_000;
const COMMON = '-nodefaults -display none -S';

describe('a terminal, by way of socat', () => {
  const started: LiveProgram[] = [];

  before(function () {
    requireFile(this, '/usr/bin/socat', 'socat');
  });
  afterEach(async () => {
    for (const program of started.splice(0)) await program.stop();
  });

  /** Our program, or QEMU, as if started by hand; its status is in a file in the end. */
  function start(options: string, emulator = builtProgram()): { program: LiveProgram; terminal: Wire } {
    const command = `trap "" HUP INT; ${emulator} ${MACHINE} ${COMMON} ${options}; echo $? >status`;
    const program = new LiveProgram(
      ['STDIO', `SYSTEM:${command.replaceAll(/[,:"]/g, '\\$&')},pty,setsid,ctty,stderr`],
      { program: 'socat', stdio: true },
    );
    started.push(program);
    return { program, terminal: program.standard() };
  }

  async function statusOf({ folder }: LiveProgram): Promise<number> {
    const path = join(folder, 'status');
    // The shell outlives socat, and nothing tells of its end.
    for (let waited = 0; waited < PATIENCE_MS; waited += 3) {
      if (existsSync(path) && readFileSync(path, 'utf8') !== '') break;
      await delay(3);
    }
    return Number(readFileSync(path, 'utf8'));
  }

  const EMULATORS = [builtProgram(), 'qemu-system-ppc64'];

  it('shows the human monitor as QEMU does, key by key', async function () {
    requireQemu(this, 'ppc64');
    const shown = [];
    for (const emulator of EMULATORS) {
      const { terminal } = start('-monitor stdio', emulator);
      let text = await terminal.until('(qemu) ');
      for (const keys of [
        'info status\r',
        'infox\x7f status\x01\x06\x06\x05\r',
        'abc\x15\x17info name\r',
        '\x10\x10\r',
        '\x1b[A\x1b[D\x1b[D\x1b[C\x1b[3~\r',
        'device_add e1000,id=nic0\r',
        'device_d\t nic\t\r',
        '\x0cinfo versionx\x04\x08\r',
        'info status\x1b[H\x1b[Fx\x0b\r',
      ]) {
        terminal.send(keys);
        text += await terminal.until('\n(qemu) ');
      }
      shown.push(text.replaceAll(/^\d+\.\d+\.\d+.*/gm, '(version)'));
    }
    assert.equal(shown[0], shown[1]);
  });

  it('shows what a QMP client types', async function () {
    requireQemu(this, 'ppc64');
    const shown = [];
    for (const emulator of EMULATORS) {
      const { terminal } = start('-qmp stdio', emulator);
      await terminal.until('"capabilities": ["oob"]}}');
      terminal.send('{"execute": "qmp_capabilitiesx\x7f"}\r{"execute": "query-name"}\r');
      shown.push(await terminal.until('{"return": {}}\r\r\n{"return": {}}\r\r\n'));
    }
    assert.equal(shown[0], shown[1]);
  });

  it('ends the program by Ctrl-C, unless that is a key like others', async () => {
    const { program, terminal: human } = start('-monitor stdio');
    await human.until('(qemu) ');
    human.send('\x03');
    await human.until('terminating on signal 2');
    assert.equal(await statusOf(program), 0);

    const { program: served, terminal: client } = start('-qmp stdio');
    client.send('{"execute": "qmp_capabilities"}\r');
    await client.until('{"return": {}}');
    client.send('\x03');
    await client.until('terminating on signal 2');
    assert.equal(await statusOf(served), 0);

    const { terminal } = start('-chardev stdio,id=c,signal=off -mon chardev=c');
    await terminal.until('(qemu) ');
    terminal.send('info sta\x03tus\r');
    await terminal.until('VM status: paused (prelaunch)');
  });

  it('may go, and takes the program with it', async () => {
    for (const options of ['-monitor stdio', '-qmp stdio']) {
      const { program, terminal } = start(`${options} -qmp unix:qmp.sock,server=on,wait=off`);
      await terminal.until('7');
      await (await program.connect()).negotiate();
      program.child.kill('SIGKILL');
      assert.equal(await statusOf(program), 0);
    }
  });
});
