import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { QmpError } from '../../src/base/errors.ts';
import { Workshop } from './helpers.ts';

describe('a listening socket', () => {
  let workshop: Workshop;
  beforeEach(() => {
    workshop = new Workshop();
  });
  afterEach(() => workshop.dispose());

  const server = { backend: 'socket', server: 'on', wait: 'off' };

  it('serves a client over a unix socket, and removes the name in the end', async () => {
    const path = workshop.path();
    const chardev = await workshop.echo({ ...server, path });
    assert.equal(chardev.filename, `disconnected:unix:${path},server=on`);
    const client = await workshop.connect({ path });
    await client.receive('hello');
    assert.equal(chardev.filename, `unix:${path},server=on`);
    client.send('ping');
    await client.receive('ping');
    chardev.close();
    await client.closed();
    assert.equal(existsSync(path), false);
  });

  it('takes the place of what has its name', async () => {
    const path = workshop.path();
    writeFileSync(path, 'something else');
    await workshop.echo({ ...server, path });
    await (await workshop.connect({ path })).receive('hello');
  });

  for (const [host, text] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['', '0.0.0.0'],
  ] as const) {
    it(`serves a client over TCP at '${host}'`, async () => {
      const chardev = await workshop.echo({ ...server, host, port: '0' });
      const [, port] = /^disconnected:tcp:.*:(\d+),server=on$/.exec(chardev.filename) ?? [];
      assert.equal(chardev.filename, `disconnected:tcp:${text}:${port},server=on`);
      const client = await workshop.connect({ host: host === '' ? '127.0.0.1' : host, port: Number(port) });
      await client.receive('hello');
      const here = host === '' ? '127.0.0.1' : text;
      const peer = `${here}:${client.socket.localPort}`;
      assert.equal(chardev.filename, `tcp:${here}:${port},server=on <-> ${peer}`);
    });
  }

  it('takes the next port that is free, up to the last one allowed', async () => {
    const first = await workshop.echo({ ...server, host: '127.0.0.1', port: '0' }, 'a');
    const port = Number(/:(\d+),/.exec(first.filename)?.[1]);
    const options = { ...server, host: '127.0.0.1', port: String(port) };
    const failure = new QmpError('Failed to find an available port: Address already in use');
    await assert.rejects(workshop.echo(options, 'b'), failure);
    const second = await workshop.echo({ ...options, to: String(port + 20) }, 'b');
    assert.notEqual(second.filename, first.filename);
  });

  it('lets further clients wait, silent, each until those before it have left', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path });
    const first = await workshop.connect({ path });
    await first.receive('hello');
    const second = await workshop.connect({ path });
    const third = await workshop.connect({ path });
    second.send('early');
    first.send('still here');
    await first.receive('still here');
    assert.equal(second.text, '');
    first.socket.destroy();
    await second.receive('hello\nearly');
    assert.equal(third.text, '');
    second.socket.end();
    await second.closed();
    await third.receive('hello');
  });

  it('gets over a thousand clients that connect and vanish', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path });
    const patient = await workshop.connect({ path });
    await patient.receive('hello');
    for (let i = 0; i < 1000; i++) (await workshop.connect({ path })).socket.destroy();
    patient.send('ping');
    await patient.receive('ping');
    patient.socket.destroy();
    await (await workshop.connect({ path })).receive('hello');
  });

  it('answers a client that stops sending, then closes', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path });
    const client = await workshop.connect({ path });
    client.socket.end('last words');
    await client.receive('last words');
    await client.closed();
  });

  it('lets the machine wait for the first client', async () => {
    const path = workshop.path();
    const chardev = await workshop.echo({ ...server, path, wait: 'on' });
    let isReady = false;
    const ready = chardev.ready().then(() => {
      isReady = true;
    });
    await new Promise(setImmediate);
    assert.equal(isReady, false);
    await workshop.connect({ path });
    await ready;
  });

  it('speaks telnet', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path, telnet: 'on' });
    const client = await workshop.connect({ path });
    await client.receive('\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00hello\n');
    client.send('\xff\xfd\x01\xff');
    client.send('\xfd\x03a\xff\xffb\xff\xf1xc');
    await client.receive('a\xffbc');
  });

  it('tells in QEMU’s words why it cannot listen', async () => {
    const refused = (options: Readonly<Record<string, string>>, desc: string) =>
      assert.rejects(workshop.echo({ backend: 'socket', ...options }), new QmpError(desc));
    const lost = workshop.path('nosuch/x');
    await refused({ ...server, path: lost }, `Failed to bind socket to ${lost}: No such file or directory`);
    await refused(
      { ...server, path: workshop.folder },
      `Failed to unlink socket ${workshop.folder}: Is a directory`,
    );
    await refused({ server: 'on', host: 'h' }, 'chardev: socket: no port given');
    await refused({}, 'Unable to parse FD number ');
    await refused({ fd: 'x' }, 'Unable to parse FD number x');
    await refused({ fd: '99' }, "File descriptor '99' is not a socket");
    await refused({ path: 'x', host: 'y' }, "None or one of 'path', 'fd' or 'host' option required.");
    await refused({ ...server, path: 'x', foo: '1' }, "Invalid parameter 'foo'");
    await refused({ ...server, path: 'x', wait: 'maybe' }, "Parameter 'wait' expects 'on' or 'off'");
    await refused(
      { ...server, path: 'x', reconnect: '1' },
      "'reconnect' option is incompatible with socket in server listen mode",
    );
    await refused(
      { path: 'x', wait: 'on' },
      "'wait' option is incompatible with socket in client connect mode",
    );
    await refused(
      { ...server, host: '127.0.0.1', port: 'x' },
      'address resolution failed for 127.0.0.1:x: Servname not supported for ai_socktype',
    );
    await refused(
      { ...server, host: '::1', port: '0', ipv4: 'on' },
      'address resolution failed for ::1:0: Address family for hostname not supported',
    );
    await refused(
      { ...server, host: 'h', port: '0', ipv4: 'off', ipv6: 'off' },
      'Cannot disable IPv4 and IPv6 at same time',
    );
  });

  it('is one of many, each with its id', async () => {
    await workshop.echo({ backend: 'null' }, 'n');
    await workshop.registry.create('free', { backend: 'null' });
    assert.deepEqual(workshop.registry.query(), [
      { label: 'free', filename: 'null', 'frontend-open': false },
      { label: 'n', filename: 'null', 'frontend-open': true },
    ]);
    await assert.rejects(
      workshop.echo({ backend: 'null' }, 'n'),
      /attempt to add duplicate property 'n' to object/,
    );
    assert.throws(() => workshop.registry.remove('n'), new QmpError("Chardev 'n' is busy"));
    workshop.registry.remove('free');
    assert.throws(() => workshop.registry.remove('free'), new QmpError("Chardev 'free' not found"));
  });
});
