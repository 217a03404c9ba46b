import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { VirtualClock } from '../../src/base/clock.ts';
import { QmpError } from '../../src/base/errors.ts';
import { Client, Workshop } from './helpers.ts';

/** Somebody who listens, as libvirt does for some of its connections. */
class Listener {
  readonly server: Server = createServer();

  constructor(readonly path: string) {}

  async listen(): Promise<this> {
    await new Promise<void>(resolve => this.server.listen(this.path, resolve));
    return this;
  }

  async accept(): Promise<Client> {
    return new Client(await new Promise(resolve => this.server.once('connection', resolve)));
  }
}

describe('a connecting socket', () => {
  const clock = new VirtualClock();
  let workshop: Workshop;
  beforeEach(() => {
    workshop = new Workshop(clock);
  });
  afterEach(() => workshop.dispose());

  it('greets whom it connects to, and is done when that one leaves', async () => {
    const listener = await new Listener(workshop.path()).listen();
    const accepted = listener.accept();
    const chardev = await workshop.echo({ backend: 'socket', path: listener.path });
    const peer = await accepted;
    await peer.receive('hello');
    assert.equal(chardev.filename, 'unix:');
    peer.socket.end();
    await peer.closed();
    assert.equal(chardev.filename, `disconnected:unix:${listener.path}`);
    listener.server.close();
  });

  it('tries again every so many seconds', async () => {
    const path = workshop.path();
    const chardev = await workshop.echo({ backend: 'socket', path, reconnect: '2' });
    assert.equal(chardev.filename, `disconnected:unix:${path}`);
    const listener = await new Listener(path).listen();
    const first = await nextTry(listener);
    await first.receive('hello');
    first.socket.destroy();
    await (await nextTry(listener)).receive('hello');
    chardev.close();
    listener.server.close();
  });

  /** Lets time go by until a connection comes. */
  async function nextTry(listener: Listener): Promise<Client> {
    let accepted: Client | undefined;
    listener.server.once('connection', socket => {
      accepted = new Client(socket);
    });
    while (accepted === undefined) {
      clock.step(1_000_000_000n);
      await new Promise(setImmediate);
    }
    return accepted;
  }

  it('tells in QEMU’s words why it cannot connect', async () => {
    const refused = (options: Readonly<Record<string, string>>, desc: string) =>
      assert.rejects(workshop.echo({ backend: 'socket', ...options }), new QmpError(desc));
    const path = workshop.path('nosuch');
    await refused({ path }, `Failed to connect to '${path}': No such file or directory`);
    await refused({ host: '127.0.0.1', port: '1' }, "Failed to connect to '127.0.0.1:1': Connection refused");
    await refused({ path, websocket: 'on' }, 'Websocket client is not implemented');
    const long = 'l'.repeat(108);
    await assert.rejects(workshop.echo({ backend: 'socket', path: long }), {
      desc: `UNIX socket path '${long}' is too long`,
      hint: 'Path must be less than 108 bytes',
    });
  });
});
