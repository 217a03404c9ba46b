import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddress } from '../../src/client/address.ts';
import {
  connect,
  createMachine,
  DisconnectedError,
  QmpError,
  type Simulator,
  serve,
} from '../../src/index.ts';

describe('the client', () => {
  let folder: string;
  let machine: Simulator;
  let address: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qmpsim-client-'));
    machine = createMachine();
    address = await serve(machine, `unix:${join(folder, 'qmp')}`);
  });

  afterEach(() => {
    machine.close();
    rmSync(folder, { recursive: true });
  });

  it('greets, negotiates and knows whom it talks to', async () => {
    const qmp = await connect(address);
    assert.equal(qmp.version.qemu.major, 7);
    assert.deepEqual(await qmp.execute('query-status'), {
      status: 'running',
      running: true,
      singlestep: false,
    });
    await qmp.close();
    await assert.rejects(qmp.execute('query-status'), DisconnectedError);
  });

  it('finds a machine by port, also by one that was free', async () => {
    const tcp = await serve(machine, 'tcp:127.0.0.1:0');
    assert.match(tcp, /^tcp:127\.0\.0\.1:\d+$/);
    const qmp = await connect(tcp.slice('tcp:'.length));
    assert.deepEqual(await qmp.execute('query-name'), {});
    await qmp.close();
  });

  it('executes several commands at once, each with its own answer', async () => {
    const qmp = await connect(address);
    const answers = await Promise.allSettled([
      qmp.execute('query-target'),
      qmp.executeAny('no-such-command'),
      qmp.execute('qom-get', { path: '/machine', property: 'type' }),
    ]);
    assert.deepEqual(
      answers.map(answer => (answer.status === 'fulfilled' ? answer.value : answer.reason)),
      [
        { arch: 'ppc64' },
        new QmpError('The command no-such-command has not been found', 'CommandNotFound'),
        'pseries-7.2-machine',
      ],
    );
    await qmp.close();
  });

  it('keeps 64-bit integers exact', async () => {
    const qmp = await connect(address);
    const gpa = 0xffff_ffff_ffff_f000n;
    await qmp.execute('device_add', {
      driver: 'spapr-pci-host-bridge',
      index: 1,
      id: 'p',
      dma_win_addr: gpa,
    });
    assert.equal(await qmp.execute('qom-get', { path: 'p', property: 'dma_win_addr' }), gpa);
    await qmp.close();
  });

  it('hands out events once, also those that came before somebody asked', async () => {
    const qmp = await connect(address);
    for (const id of ['a', 'b']) await qmp.execute('device_add', { driver: 'e1000', id });
    const wire: unknown[] = [];
    const stop = qmp.onMessage(message => wire.push(message.event ?? message.return));
    for (const id of ['a', 'b']) await qmp.execute('device_del', { id });

    const second = await qmp.event('DEVICE_DELETED', data => data.device === 'b');
    assert.equal(second.data.path, '/machine/peripheral/b');
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'a');
    assert.deepEqual(wire.filter(item => item === 'DEVICE_DELETED').length, 2);

    stop();
    const next = qmp.event('RESET');
    await qmp.execute('system_reset');
    assert.equal((await next).data.reason, 'host-qmp-system-reset');
    assert.equal(wire.length, 4);
    await qmp.close();
  });

  it('ends what waits when the machine goes', async () => {
    const qmp = await connect(address);
    const waiting = assert.rejects(qmp.event('RESUME'), DisconnectedError);
    await qmp.execute('quit');
    await waiting;
    await qmp.closed;
  });

  describe('with something else than a machine', () => {
    let server: Server;
    let port: number;

    async function serveText(text: string) {
      server = createServer(socket => socket.end(text));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    }
    afterEach(() => server.close());

    it('says that the server hung up', async () => {
      await serveText('');
      await assert.rejects(connect(`127.0.0.1:${port}`), DisconnectedError);
    });

    it('says that it is no QMP', async () => {
      await serveText('HTTP/1.1 400 Bad Request\r\n\r\n');
      await assert.rejects(connect(`127.0.0.1:${port}`), /the server does not speak QMP/);
    });
  });

  it('says that nobody listens', async () => {
    await assert.rejects(connect(join(folder, 'nobody')), { code: 'ENOENT' });
  });
});

describe('an address', () => {
  it('is a port where it looks like one, else a path', () => {
    assert.deepEqual(parseAddress('localhost:4444'), { host: 'localhost', port: 4444 });
    assert.deepEqual(parseAddress(':4444'), { host: 'localhost', port: 4444 });
    assert.deepEqual(parseAddress('tcp:[::1]:4444'), { host: '::1', port: 4444 });
    assert.deepEqual(parseAddress('qmp.sock'), { path: 'qmp.sock' });
    assert.deepEqual(parseAddress('/tmp/a:1'), { path: '/tmp/a:1' });
    assert.deepEqual(parseAddress('unix:a:1'), { path: 'a:1' });
    assert.throws(() => parseAddress('tcp:localhost'), TypeError);
    assert.throws(() => parseAddress(''), TypeError);
  });
});
