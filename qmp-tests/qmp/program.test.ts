import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { LiveProgram, Wire } from './live-program.ts';

const MACHINE = ['-M', 'pseries', '-display', 'none', '-nodefaults', '-S'];
const NAME = 'qmpsim-system-ppc64';

describe('monitors of the executable', () => {
  let program: LiveProgram | undefined;
  afterEach(() => program?.stop());

  function start(args: readonly string[], options = {}): LiveProgram {
    program = new LiveProgram([...MACHINE, ...args], options);
    return program;
  }

  it('live on standard streams, also after the input has ended', async () => {
    const live = start(['-qmp', 'stdio', '-qmp', 'unix:qmp.sock,server=on,wait=off'], { stdio: true });
    const wire = await live.standard().negotiate();
    wire.send('{"execute":"query-name","id":"the last"}');
    wire.output?.end();
    assert.equal(await wire.line(), '{"return": {}, "id": "the last"}');

    const other = await (await live.connect()).negotiate();
    await other.execute('cont');
    assert.deepEqual(await other.execute('query-status'), {
      running: true,
      singlestep: false,
      status: 'running',
    });
    await other.execute('quit');
    assert.equal((await live.ended()).status, 0);
  });

  it('need not be there for the machine to go on', async () => {
    const live = start(['-pidfile', 'pid']);
    while (!live.catches('SIGHUP')) await new Promise(setImmediate);
    live.child.kill('SIGTERM');
    const { status, stderr } = await live.ended();
    assert.equal(withoutWarnings(stderr), `${NAME}: terminating on signal 15\n`);
    assert.equal(status, 0);
  });

  it('are told of the end by a signal', async () => {
    for (const [signal, number] of [
      ['SIGTERM', 15],
      ['SIGINT', 2],
      ['SIGHUP', 1],
    ] as const) {
      const live = start(['-no-shutdown', '-qmp', 'unix:qmp.sock,server=on,wait=off']);
      const wire = await (await live.connect()).negotiate();
      live.child.kill(signal);
      assert.match(await wire.line(), /"SHUTDOWN", "data": \{"guest": false, "reason": "host-signal"\}\}$/);
      await wire.end();
      const { status, stderr } = await live.ended();
      assert.equal(withoutWarnings(stderr), `${NAME}: terminating on signal ${number}\n`);
      assert.equal(status, 0);
      assert.equal(existsSync(join(live.folder, 'qmp.sock')), false);
      await live.stop();
    }
  });

  it('let the machine wait for the first client, and say so', async () => {
    const live = start(['-qmp', 'unix:qmp.sock,server=on']);
    const location = '-qmp unix:qmp.sock,server=on';
    const waiting = 'QEMU waiting for connection on: disconnected:unix:qmp.sock,server=on';
    assert.equal(await live.complains('\n'), `${NAME}: ${location}: info: ${waiting}\n`);
    await (await live.connect()).negotiate();
  });

  it('connect to who started the process', async () => {
    for (const words of [
      ['-qmp', 'tcp:127.0.0.1:PORT'],
      ['-chardev', 'socket,id=c,host=127.0.0.1,port=PORT', '-mon', 'chardev=c,mode=control'],
    ]) {
      const server = createServer();
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const address = server.address();
      const port = typeof address === 'object' ? String(address?.port) : '';
      const live = start(words.map(word => word.replace('PORT', port)));
      const [socket]: Socket[] = await once(server, 'connection');
      server.close();
      assert.ok(socket !== undefined);
      const wire = await new Wire(socket, socket).negotiate();
      assert.deepEqual(await wire.execute('query-name'), {});
      await wire.execute('quit');
      await wire.end();
      assert.equal((await live.ended()).status, 0);
      await live.stop();
    }
  });

  it('can share a terminal with a human monitor, by turns', async () => {
    const live = start(
      [
        ...['-chardev', 'stdio,id=c,mux=on,signal=off', '-mon', 'chardev=c,mode=readline'],
        ...['-mon', 'chardev=c,mode=control'],
      ],
      { stdio: true },
    );
    const wire = live.standard();
    await wire.until("type 'help' for more information\r\n(qemu) ");
    await wire.until('"capabilities": ["oob"]}}\r\n');
    await wire.execute('qmp_capabilities');
    wire.send('\x01cinfo status\r');
    await wire.until('VM status: paused (prelaunch)\r\n(qemu) ');
    wire.send('\x01c');
    assert.deepEqual(await wire.execute('query-name'), {});
    wire.send('\x01x');
    await wire.until('QEMU: Terminated');
    assert.equal((await live.ended()).status, 0);
  });

  it('fail to start in QEMU’s words', async () => {
    for (const [words, problem] of [
      [
        ['-qmp', 'unix:nosuch.sock'],
        `-qmp unix:nosuch.sock: Failed to connect to 'nosuch.sock': No such file or directory`,
      ],
      [
        ['-qmp', 'unix:no/such.sock,server=on,wait=off'],
        '-qmp unix:no/such.sock,server=on,wait=off: Failed to bind socket to no/such.sock: No such file or directory',
      ],
      [['-qmp', 'stdio', '-qmp', 'stdio'], '-qmp stdio: cannot use stdio by multiple character devices'],
      [['-mon', 'chardev=x,mode=control'], '-mon chardev=x,mode=control: chardev "x" not found'],
    ] as const) {
      const live = start(words);
      const { status, stderr } = await live.ended();
      assert.equal(stderr, `${NAME}: ${problem}\n`);
      assert.equal(status, 1);
      await live.stop();
    }
  });

  it('greet a client through each of several addresses, and take over a stale name', async () => {
    const live = start([
      ...['-qmp', 'unix:a.sock,server=on,wait=off', '-qmp-pretty', 'unix:b.sock,server=on,wait=off'],
      ...['-chardev', 'socket,id=c,path=c.sock,server=on,wait=off'],
      ...['-mon', 'chardev=c,mode=control,pretty=on'],
    ]);
    writeFileSync(join(live.folder, 'b.sock'), 'left behind');
    assert.match(await (await live.connect('a.sock')).line(), /^\{"QMP": \{"version"/);
    for (const name of ['b.sock', 'c.sock']) {
      assert.match(
        await (await live.connect(name)).until('\r\n}\r\n'),
        /^\{\r\n {4}"QMP": \{\r\n {8}"version"/,
      );
    }
  });
});

/** What TCG warns of at every start is not what these stories are about. */
function withoutWarnings(stderr: string): string {
  return stderr.replace(/^.*: warning: TCG doesn't support requested feature, .*\n/gm, '');
}
