import assert from 'node:assert/strict';
import { HardwareError, QmpError } from '../../src/base/errors.ts';
import { MonitorSet } from '../../src/qmp/monitors.ts';
import { MemoryChardev } from './memory-chardev.ts';
import { TestServer, VERSION } from './test-server.ts';

const ok = (id: unknown) => `{"return": {}, "id": ${JSON.stringify(id)}}\r\n`;
const request = (execute: string, id?: unknown) => JSON.stringify({ execute, id });

describe('a session', () => {
  it('greets, negotiates once, and executes', () => {
    const client = new TestServer().chardev().connect();
    assert.deepEqual(JSON.parse(client.take()), { QMP: { version: VERSION, capabilities: ['oob'] } });
    client.send(request('query-name'));
    assert.match(client.take(), /"CommandNotFound", "desc": "Expecting capabilities negotiation/);
    client.send(request('qmp_capabilities') + request('query-name', 1));
    assert.equal(client.take(), `{"return": {}}\r\n${ok(1)}`);
    client.send(request('qmp_capabilities'));
    assert.match(client.take(), /Capabilities negotiation is already complete, command ignored/);
  });

  it('greets at once, and answers when there is something to ask', () => {
    const { dispatcher, clock } = new TestServer();
    const ignore = () => {};
    const monitors = new MonitorSet({
      dispatcher,
      clock,
      version: VERSION,
      log: ignore,
      hardwareError: ignore,
    });
    const chardev = new MemoryChardev('early');
    monitors.add(chardev);
    const client = chardev.connect();
    assert.match(client.take(), /^\{"QMP": /);
    client.send(request('qmp_capabilities') + request('query-name', 1));
    assert.deepEqual([client.take(), client.isPaused], ['', true]);
    monitors.open(null);
    assert.deepEqual([client.take(), client.isPaused], [`{"return": {}}\r\n${ok(1)}`, false]);
  });

  it('answers a burst with one write', () => {
    const client = new TestServer().client();
    const before = client.writes;
    client.send(request('query-name', 1).repeat(15));
    assert.equal(client.take(), ok(1).repeat(15));
    assert.equal(client.writes, before + 1);
  });

  it('begins anew for the next client', () => {
    const server = new TestServer();
    const chardev = server.chardev();
    const first = chardev.connect();
    first.send(`${request('qmp_capabilities')}{"execute":"query-`);
    first.leave();
    const second = chardev.connect();
    second.take();
    second.send(request('query-name'));
    assert.match(second.take(), /Expecting capabilities negotiation/);
  });

  describe('with a command that takes time', () => {
    it('reads no further without oob', async () => {
      const server = new TestServer();
      const client = server.client();
      client.send(request('slow', 1) + request('query-name', 2));
      assert.equal(client.take(), '');
      assert.equal(client.isPaused, true);
      await server.complete('done');
      assert.equal(client.take(), `{"return": "done", "id": 1}\r\n${ok(2)}`);
      assert.equal(client.isPaused, false);
    });

    it('queues eight requests with oob, and lets oob commands overtake them', async () => {
      const server = new TestServer();
      const client = server.client(['oob']);
      client.send(request('slow', 'slow'));
      for (let i = 0; i < 7; i++) client.send(request('query-name', i));
      client.send('{"exec-oob":"query-yank"}');
      assert.equal(client.take(), '{"return": [{"type": "chardev", "id": "compat_monitor0"}]}\r\n');
      assert.equal(client.isPaused, false);
      // The eighth fills the queue; what comes behind it, also out of band, is not even looked at.
      client.send(`${request('query-name', 7)}{"exec-oob":"query-yank","id":"late"}`);
      assert.equal(client.isPaused, true);
      assert.equal(client.take(), '');
      await server.complete('done');
      const replies = client.take();
      const inOrder = ['{"return": "done", "id": "slow"}\r\n', ...[0, 1, 2, 3, 4, 5, 6, 7].map(ok)].join('');
      assert.ok(replies.startsWith(inOrder), replies);
      assert.match(replies.slice(inOrder.length), /"late"/);
      assert.equal(client.isPaused, false);
    });

    it('forgets it when the client leaves', async () => {
      const server = new TestServer();
      const client = server.client();
      client.send(request('slow') + request('query-name'));
      client.leave();
      await server.complete('done');
      assert.equal(client.take(), '');
    });
  });

  it('reads no further while the client does not take its replies', async () => {
    const server = new TestServer();
    const client = server.client();
    client.stall();
    client.send(request('query-name', 1));
    assert.equal(client.isPaused, true);
    const before = client.backlog;
    client.send(request('query-name', 2));
    assert.equal(client.backlog, before);
    client.relent();
    assert.equal(client.take(), ok(1) + ok(2));
    assert.equal(client.isPaused, false);
  });

  it('lets others have a turn during a flood', async () => {
    const server = new TestServer();
    const flooding = server.client();
    const other = server.client();
    flooding.send(request('query-version').repeat(20_000));
    other.send(request('query-name', 1));
    assert.equal(other.take(), ok(1));
    assert.ok(flooding.take().split('\n').length < 10_000);
    await server.settle();
  });

  it('disconnects a client that never reads its events', () => {
    const server = new TestServer();
    const deaf = server.client();
    const other = server.client();
    deaf.stall();
    const data = { text: 'x'.repeat(1024 * 1024) };
    for (let i = 0; i < 70 && !deaf.isEnded; i++) server.emit('LONG', data);
    return Promise.resolve().then(() => {
      server.emit('LONG', data);
      assert.equal(deaf.isEnded, true);
      assert.equal(other.isEnded, false);
      assert.equal(server.log.length, 1);
    });
  });
});

describe('events', () => {
  it('reach whoever has negotiated, with the time of their making', async () => {
    const server = new TestServer();
    const client = server.client();
    const early = server.chardev().connect();
    early.take();
    server.emit('STOP');
    server.clock.step(1_500_000_000n);
    server.emit('DEVICE_DELETED', { device: 'x', path: '/machine/peripheral/x' });
    await server.settle();
    assert.equal(
      client.take(),
      '{"timestamp": {"seconds": 1795374811, "microseconds": 0}, "event": "STOP"}\r\n' +
        '{"timestamp": {"seconds": 1795374812, "microseconds": 500000}, "event": "DEVICE_DELETED", ' +
        '"data": {"device": "x", "path": "/machine/peripheral/x"}}\r\n',
    );
    assert.equal(early.take(), '');
  });

  it('come before the reply to the command that causes them', () => {
    const client = new TestServer().client();
    client.send(request('stop', 1));
    assert.match(client.take(), /^[^\n]*"STOP"[^\n]*\n\{"return": \{\}, "id": 1\}\r\n$/);
  });

  it('of some kinds come once a second, the last one counting', async () => {
    const server = new TestServer();
    const client = server.client();
    const received = async () => {
      await server.settle();
      return [...client.take().matchAll(/"actual": (\d+)/g)].map(([, value]) => Number(value));
    };
    for (const actual of [1, 2, 3]) server.emit('BALLOON_CHANGE', { actual });
    assert.deepEqual(await received(), [1]);
    server.clock.step(999_999_999n);
    assert.deepEqual(await received(), []);
    server.clock.step(1n);
    assert.deepEqual(await received(), [3]);
    server.emit('BALLOON_CHANGE', { actual: 4 });
    server.clock.step(1_000_000_000n);
    assert.deepEqual(await received(), [4]);
    server.clock.step(2_000_000_000n);
    server.emit('BALLOON_CHANGE', { actual: 5 });
    assert.deepEqual(await received(), [5]);
  });

  it('are limited by object where QEMU does so', async () => {
    const server = new TestServer();
    const client = server.client();
    for (const id of ['a', 'b', 'a']) server.emit('VSERPORT_CHANGE', { id, open: true });
    await server.settle();
    assert.equal(client.take().match(/VSERPORT_CHANGE/g)?.length, 2);
  });
});

describe('the end', () => {
  it('comes after the reply to quit, for everybody', () => {
    const server = new TestServer();
    const client = server.client();
    const other = server.client();
    client.send(request('quit', 'q') + request('query-name'));
    assert.match(client.take(), /^[^\n]*"SHUTDOWN"[^\n]*\n\{"return": \{\}, "id": "q"\}\r\n$/);
    assert.match(other.take(), /^[^\n]*"SHUTDOWN"[^\n]*\n$/);
    assert.ok(client.isEnded && other.isEnded);
  });

  it('is near for whoever comes late', () => {
    const server = new TestServer();
    const chardev = server.chardev();
    server.monitors.close();
    assert.equal(chardev.connect().isEnded, true);
  });
});

describe('failures of handlers', () => {
  it('that are the client’s have their class and text', () => {
    const server = new TestServer();
    server.failure = new QmpError("Device 'x' not found", 'DeviceNotFound');
    const client = server.client();
    client.send(request('fail', 1));
    const error = '{"class": "DeviceNotFound", "desc": "Device \'x\' not found"}';
    assert.equal(client.take(), `{"id": 1, "error": ${error}}\r\n`);
    assert.deepEqual(server.log, []);
  });

  it('that are ours are answered and logged, and the session goes on', () => {
    const server = new TestServer();
    const client = server.client();
    client.send(request('fail') + request('query-name', 1));
    const error = '{"class": "GenericError", "desc": "Internal error: broken"}';
    assert.equal(client.take(), `{"error": ${error}}\r\n${ok(1)}`);
    assert.match(server.log.join(), /internal error in 'fail'/);
  });

  it('that end the machine go to its owner', () => {
    const server = new TestServer();
    server.failure = new HardwareError('vfio: DMA mapping failed, unable to continue');
    const client = server.client();
    client.send(request('fail'));
    assert.equal(client.take(), '');
    assert.equal(server.hardwareErrors.length, 1);
  });
});
