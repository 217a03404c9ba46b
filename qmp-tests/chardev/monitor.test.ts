import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { RealClock } from '../../src/base/clock.ts';
import { QmpError } from '../../src/base/errors.ts';
import { TestServer } from '../qmp/test-server.ts';
import { type Client, Workshop } from './helpers.ts';

const request = (execute: string, id: unknown) => JSON.stringify({ execute, id });

describe('a monitor on a socket', () => {
  let workshop: Workshop;
  let server: TestServer;
  beforeEach(() => {
    workshop = new Workshop();
    server = new TestServer(setImmediate);
  });
  afterEach(() => workshop.dispose());

  async function monitor(id: string): Promise<string> {
    const path = workshop.path(id);
    const options = { backend: 'socket', path, server: 'on', wait: 'off' };
    server.monitors.add(await workshop.registry.create(id, options));
    return path;
  }

  async function negotiated(path: string): Promise<Client> {
    const client = await workshop.connect({ path });
    await client.receive('{"QMP": ');
    client.send('{"execute":"qmp_capabilities"}');
    await client.receive('{"return": {}}\r\n');
    return client;
  }

  it('lets nobody starve while a client floods', async () => {
    const flooding = await negotiated(await monitor('flood'));
    const other = await negotiated(await monitor('other'));
    const flood = `${request('query-version', 0).repeat(50_000)}${request('query-name', 'end')}`;
    flooding.send(flood);
    for (let i = 0; i < 20; i++) {
      other.send(request('query-name', i));
      await other.receive(`"id": ${i}}`);
    }
    await flooding.receive('"id": "end"}');
  });

  it('keeps little for a client that never reads', async () => {
    const deaf = await negotiated(await monitor('deaf'));
    const other = await negotiated(await monitor('other'));
    deaf.socket.pause();
    // Far more replies than the sockets' buffers hold; at last the client cannot send any more either.
    const burst = request('query-version', 0).repeat(1000);
    let isAccepted = true;
    for (let i = 0; i < 2000 && isAccepted; i++) {
      deaf.socket.write(burst);
      other.send(request('query-name', i));
      await other.receive(`"id": ${i}}`);
      isAccepted = deaf.socket.writableLength < 4 * burst.length;
    }
    assert.equal(isAccepted, false);
    deaf.socket.resume();
    deaf.send(request('query-name', 'end'));
    await deaf.receive('"id": "end"}');
  });

  it('executes what a client sent before it left', async () => {
    const path = await monitor('m');
    const client = await workshop.connect({ path });
    client.socket.end(
      `{"execute":"qmp_capabilities"}${request('query-name', 1).repeat(20_000)}${request('stop', 2)}`,
    );
    await client.receive('{"return": {}, "id": 2}');
    await client.closed();
    assert.equal(server.status, 'paused');
  });

  it('ends with quit', async () => {
    const client = await negotiated(await monitor('m'));
    client.send(request('quit', 'q') + request('query-name', 1));
    await client.receive('{"return": {}, "id": "q"}\r\n');
    await client.closed();
    assert.equal(client.text, '');
  });
});

describe('a monitor on a file', () => {
  it('greets it, though it will never answer', async () => {
    const workshop = new Workshop();
    const path = workshop.path('log');
    const server = new TestServer(setImmediate);
    server.monitors.add(await workshop.registry.create('f', { backend: 'file', path }));
    assert.match(readFileSync(path, 'utf8'), /^\{"QMP": .*\}\r\n$/);
    const desc = `Could not open '${workshop.folder}': Is a directory`;
    await assert.rejects(
      workshop.registry.create('g', { backend: 'file', path: workshop.folder }),
      new QmpError(desc),
    );
    workshop.dispose();
  });
});

describe('a monitor on standard input and output', () => {
  it('serves whoever started the process', async () => {
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const workshop = new Workshop(new RealClock(), { stdin, stdout });
    const chardev = await workshop.registry.create('compat_monitor0', { backend: 'stdio' });
    new TestServer(setImmediate).monitors.add(chardev);
    let text = '';
    stdout.on('data', chunk => {
      text += String(chunk);
    });
    stdin.write(`{"execute":"qmp_capabilities"}${request('query-name', 1)}`);
    while (!text.includes('"id": 1}')) await new Promise(setImmediate);
    assert.equal(chardev.filename, 'stdio');
    workshop.dispose();
    // The process can still use its output.
    assert.equal(stdout.writable, true);
  });
});
