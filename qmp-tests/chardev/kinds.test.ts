import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createReadStream, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { QmpError } from '../../src/base/errors.ts';
import type { Connection, ConnectionHandler, Frontend } from '../../src/chardev/chardev.ts';
import { RingbufChardev } from '../../src/chardev/ringbuf-chardev.ts';
import { LiveProgram } from '../qmp/live-program.ts';
import { Echo, Workshop } from './helpers.ts';

/** Says its name, and remembers what it is told. */
class Named implements Frontend {
  heard = '';
  connection: Connection | undefined;

  constructor(private readonly name: string) {}

  opened(connection: Connection): ConnectionHandler {
    this.connection = connection;
    connection.write(`${this.name} is here\n`);
    return {
      receive: chunk => {
        this.heard += Buffer.from(chunk).toString('latin1');
        connection.write(`${this.name} heard ${Buffer.from(chunk).toString('latin1')}`);
      },
      drained: () => {},
      closed: () => {},
      focused: isFocused => {
        this.heard += isFocused ? '[' : ']';
      },
    };
  }
}

describe('a character device', () => {
  let workshop: Workshop;
  beforeEach(() => {
    workshop = new Workshop();
  });
  afterEach(() => workshop.dispose());

  const server = { backend: 'socket', server: 'on', wait: 'off' };

  it('can be shared by frontends, one of which hears', async () => {
    const path = workshop.path();
    const mux = await workshop.registry.create('m', { ...server, path, mux: 'on' });
    const [first, second] = [new Named('first'), new Named('second')];
    mux.attach(first);
    mux.attach(second);
    const client = await workshop.connect({ path });
    await client.receive('first is here\nsecond is here\n');
    client.send('to the second');
    await client.receive('second heard to the second');
    client.send('\x01cto the first\x01\x01!');
    await client.receive('first heard to the first');
    await client.receive('first heard \x01');
    await client.receive('first heard !');
    assert.equal(first.heard, '[to the first\x01!');
    assert.equal(second.heard, 'to the second]');
    client.send('\x01');
    client.send('h');
    await client.receive('C-a c    switch between console and monitor\n\r');
    client.send('\x01x');
    await client.receive('QEMU: Terminated\n\r');
    assert.deepEqual(workshop.reports, ['terminated']);
    mux.attach(new Named('third'));
    mux.attach(new Named('fourth'));
    assert.throws(
      () => mux.attach(new Named('fifth')),
      new QmpError("too many uses of multiplexed chardev 'm' (maximum is 4)"),
    );
  });

  it('keeps the latest output in memory', async () => {
    const chardev = await workshop.registry.create('r', { backend: 'ringbuf', size: '16' });
    const frontend = new Echo();
    chardev.attach(frontend);
    assert.ok(chardev instanceof RingbufChardev);
    assert.equal(chardev.take(3).toString(), 'hel');
    for (let i = 0; i < 100; i++) frontend.connections[0]?.write(`${i} `);
    assert.equal(chardev.length, 16);
    assert.equal(chardev.take(100).toString(), ' 95 96 97 98 99 ');
    assert.equal(chardev.take(100).toString(), '');
  });

  it('is a pair of named pipes', async () => {
    const path = workshop.path('pipe');
    execFileSync('mkfifo', [`${path}.in`, `${path}.out`]);
    const output = createReadStream('', { fd: openSync(`${path}.out`, 'r+') });
    await workshop.echo({ backend: 'pipe', path });
    let text = '';
    output.on('data', chunk => {
      text += chunk.toString();
    });
    writeFileSync(`${path}.in`, 'through the pipe');
    while (!text.includes('through the pipe')) await once(output, 'data');
    assert.equal(text, 'hello\nthrough the pipe');
    output.destroy();
    // A read under way ends with the next byte only.
    writeFileSync(`${path}.out`, ' ');
  });

  it('reads a file, writes another, and can keep what that has', async () => {
    writeFileSync(workshop.path('in'), 'read this');
    writeFileSync(workshop.path('out'), 'before\n');
    const [input, path] = [workshop.path('in'), workshop.path('out')];
    await workshop.echo({ backend: 'file', path, 'input-path': input, append: 'on' });
    while (!readFileSync(path, 'latin1').endsWith('read this')) await new Promise(setImmediate);
    assert.equal(readFileSync(path, 'latin1'), 'before\nhello\nread this');
  });

  it('takes any file for a serial port', async () => {
    const path = workshop.path('port');
    writeFileSync(path, '');
    const chardev = await workshop.registry.create('c', { backend: 'serial', path });
    assert.equal(chardev.filename, 'serial');
    // What hears nothing: what is written to a file can be read from it.
    chardev.attach({
      opened: connection => {
        connection.write('hello');
        return { receive() {}, drained() {}, closed() {} };
      },
    });
    while (readFileSync(path, 'latin1') !== 'hello') await new Promise(setImmediate);
    await assert.rejects(
      workshop.echo({ backend: 'tty', path: workshop.path('nosuch') }, 'other'),
      new QmpError(`Could not open '${workshop.path('nosuch')}': No such file or directory`),
    );
    await assert.rejects(
      workshop.echo({ backend: 'parallel', path }, 'other'),
      new QmpError('not a parallel port: Inappropriate ioctl for device'),
    );
  });

  it('can be one that nobody here would speak through', async () => {
    for (const backend of ['testdev', 'msmouse', 'wctablet', 'qemu-vdagent'])
      assert.equal((await workshop.echo({ backend }, backend)).filename, backend);
    await workshop.echo({ backend: 'spicevmc', name: 'vdagent' }, 'channel');
    await assert.rejects(workshop.echo({ backend: 'spicevmc', name: 'x' }, 'other'), {
      desc: 'unsupported type name: x',
    });
    await assert.rejects(
      workshop.echo({ backend: 'spiceport', name: 'x' }, 'other'),
      new QmpError('spice not enabled'),
    );
  });

  it('copies what is said to a log file', async () => {
    const [path, logfile] = [workshop.path(), workshop.path('log')];
    await workshop.echo({ ...server, path, logfile });
    const client = await workshop.connect({ path });
    client.send('ping');
    await client.receive('ping');
    assert.equal(readFileSync(logfile, 'latin1'), 'hello\nping');
    const lost = workshop.path('nosuch/log');
    await assert.rejects(
      workshop.echo({ backend: 'null', logfile: lost }, 'other'),
      new QmpError(`Could not create '${lost}': No such file or directory`),
    );
  });

  it('sends datagrams and receives them', async () => {
    const peer = createSocket('udp4');
    await new Promise<void>(resolve => peer.bind(0, '127.0.0.1', resolve));
    const greeting = once(peer, 'message');
    await workshop.echo({ backend: 'udp', host: '127.0.0.1', port: String(peer.address().port) });
    const [text, sender] = await greeting;
    assert.equal(String(text), 'hello\n');
    const echo = once(peer, 'message');
    peer.send('datagram', sender.port, '127.0.0.1');
    assert.equal(String((await echo)[0]), 'datagram');
    peer.close();
  });

  it('listens on a name that is no file', async () => {
    const name = `qmpsim-test-${process.pid}`;
    const chardev = await workshop.echo({ ...server, path: name, abstract: 'on', tight: 'off' });
    assert.equal(chardev.filename, `disconnected:unix:${name},abstract=on,server=on`);
    await (await workshop.connect({ path: `\0${name}` })).receive('hello');
    await assert.rejects(
      workshop.echo({ ...server, path: name, abstract: 'on' }, 'other'),
      new QmpError('abstract=on needs tight=off: Node.js fills such names up'),
    );
  });

  it('warns if others than this host can reach it', async () => {
    await workshop.echo({ ...server, host: '127.0.0.1', port: '0' }, 'a');
    await workshop.echo({ ...server, host: '::1', port: '0' }, 'b');
    assert.deepEqual(workshop.reports, []);
    await workshop.echo({ ...server, host: '', port: '0' }, 'c');
    assert.match(
      workshop.reports.join(),
      /^character device c listens on 0\.0\.0\.0:\d+, which others than this host may reach$/,
    );
  });

  it('says once that it tries in vain to connect', async () => {
    const path = workshop.path();
    await workshop.echo({ backend: 'socket', path, reconnect: '1' });
    while (workshop.reports.length === 0) await new Promise(setImmediate);
    const reason = `Failed to connect to '${path}': No such file or directory`;
    assert.deepEqual(workshop.reports, [`Unable to connect character device c: ${reason}`]);
  });

  it('speaks telnet as 3270 terminals do', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path, tn3270: 'on' });
    const client = await workshop.connect({ path });
    const offer = Buffer.from('fffd19fffb19fffd00fffb00fffd18fffa1801fff0', 'hex').toString('latin1');
    await client.receive(`${offer}hello\n`);
    client.send('\xff\xfb\x18a\xff\xefb');
    await client.receive('a\xff\xefb');
  });

  it('is what the command line’s words mean', async () => {
    const refused = (options: Readonly<Record<string, string>>, desc: string) =>
      assert.rejects(workshop.echo(options), new QmpError(desc));
    await refused({ backend: 'udp', host: 'h' }, 'chardev: udp: remote port not specified');
    await refused({ backend: 'pipe' }, 'chardev: pipe: no device path given');
    await refused({ backend: 'file' }, 'chardev: file: no filename given');
    await refused({ backend: 'tty' }, 'chardev: serial/tty: no device path given');
    await refused({ backend: 'mux' }, 'chardev: mux: no chardev given');
    await refused({ backend: 'mux', chardev: 'x' }, 'mux: base chardev x not found');
    await refused({ backend: 'ringbuf', size: '3' }, 'size of ringbuf chardev must be power of two');
    const large = String(2n ** 63n - 1n);
    await refused({ backend: 'ringbuf', size: large }, 'size of ringbuf chardev must be power of two');
    await refused({ backend: 'nosuch' }, "'nosuch' is not a valid char driver name");
    await refused(
      { ...server, path: 'x', 'tls-authz': 'x' },
      "'tls_authz' option requires 'tls_creds' option",
    );
  });
});

describe('a pseudo terminal', () => {
  it('has a name as long as the device is there, but stays locked', async () => {
    const workshop = new Workshop();
    const chardev = await workshop.echo({ backend: 'pty' });
    const [, name = ''] = /^pty:(\/dev\/pts\/\d+)$/.exec(chardev.filename) ?? [];
    assert.ok(existsSync(name));
    assert.throws(() => openSync(name, 'r+'), { code: 'EIO' });
    assert.match(
      workshop.reports.join(),
      /^char device redirected to \/dev\/pts\/\d+ \(label c\), which stays locked/,
    );
    workshop.dispose();
    assert.ok(!existsSync(name));
  });
});

describe('sockets that the executable inherits', () => {
  let program: LiveProgram;
  afterEach(() => program.stop());

  it('listen, or are connected', async () => {
    const listener = createServer();
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const address = listener.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const { fd } = Object(Reflect.get(listener, '_handle'));
    program = new LiveProgram(
      [
        ...['-display', 'none', '-nodefaults', '-S'],
        ...['-chardev', 'socket,id=c,fd=3,server=on,wait=off', '-mon', 'chardev=c,mode=control'],
      ],
      { fds: [fd] },
    );
    // From now on only the program accepts clients.
    listener.close();
    const wire = await (await program.connectTo({ host: '127.0.0.1', port })).negotiate();
    assert.deepEqual(await wire.execute('query-name'), {});
  });
});
