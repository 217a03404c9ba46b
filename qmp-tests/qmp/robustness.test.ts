import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { LiveProgram, type Wire } from './live-program.ts';

const SOCKETS = ['a', 'b', 'c'].flatMap(name => ['-qmp', `unix:${name}.sock,server=on,wait=off`]);
const MiB = 1024 * 1024;

/** The longest that somebody else's command may take meanwhile, ms: a tenth of a second, and a slow computer. */
const PATIENCE_MS = 2000;

/** Who can send nothing for so long is not read any more. */
const STUCK_MS = 300;

describe('a client that behaves badly', () => {
  let program: LiveProgram;
  let other: Wire;

  beforeEach(async () => {
    program = new LiveProgram([
      ...['-M', 'pseries', '-accel', 'tcg', '-S', '-display', 'none', '-nodefaults'],
      ...SOCKETS,
      ...['-qmp', 'unix:web.sock,server=on,wait=off,websocket=on'],
    ]);
    other = await (await program.connect('b.sock')).negotiate();
  });
  afterEach(() => program.stop());

  /** Others are answered, soon, and the process does not grow. */
  async function assertUnharmed(before: number, growth: number): Promise<void> {
    for (let count = 0; count < 20; count++) {
      const start = performance.now();
      assert.deepEqual(await other.execute('query-name'), {});
      const took = performance.now() - start;
      assert.ok(took < PATIENCE_MS, `${took} ms`);
    }
    const grown = program.residentBytes() - before;
    assert.ok(grown < growth, `grown by ${Math.round(grown / MiB)} MiB`);
  }

  /** Sends until the program takes no more, or as often as said, or until it is told to stop. */
  async function flood(
    wire: Wire,
    bytes: string | Buffer,
    { times = Number.POSITIVE_INFINITY, signal }: { times?: number; signal?: AbortSignal } = {},
  ): Promise<void> {
    for (let sent = 0; sent < times && signal?.aborted !== true; sent++) {
      if (wire.socket.write(bytes)) continue;
      const drained = await Promise.race([
        new Promise<boolean>(resolve => wire.socket.once('drain', () => resolve(true))),
        delay(signal === undefined ? STUCK_MS : PATIENCE_MS, false),
      ]);
      if (!drained) return;
    }
  }

  it('may flood', async () => {
    const wire = await (await program.connect('a.sock')).negotiate();
    const before = program.residentBytes();
    const enough = new AbortController();
    let answered = 0;
    wire.input.on('data', () => {
      answered += wire.take().length;
    });
    const burst = '{"execute":"query-status"}'.repeat(2000);
    const flooding = flood(wire, burst, { signal: enough.signal });
    while (answered < MiB) await other.execute('query-name');
    await assertUnharmed(before, 128 * MiB);
    enough.abort();
    await flooding;
  });

  it('may never read its replies', async () => {
    const wire = await (await program.connect('a.sock')).negotiate();
    const before = program.residentBytes();
    wire.socket.pause();
    await flood(wire, '{"execute":"query-qmp-schema"}'.repeat(500));
    await assertUnharmed(before, 128 * MiB);
  });

  it('may never read its events', async () => {
    const wire = await (await program.connect('a.sock')).negotiate();
    wire.socket.pause();
    const before = program.residentBytes();
    const turns = 20_000;
    other.send('{"execute":"cont"}{"execute":"stop"}'.repeat(turns));
    other.send('{"execute":"query-name","id":"all done"}');
    await other.until('"all done"}\r\n');
    await assertUnharmed(before, 128 * MiB);
  });

  it('may begin what it never ends', async () => {
    const wire = await (await program.connect('a.sock')).negotiate();
    const before = program.residentBytes();
    await flood(wire, '['.repeat(1000), { times: 1 });
    await flood(wire, ' '.repeat(MiB), { times: 40 });
    await flood(wire, `"${'x'.repeat(MiB)}`, { times: 1 });
    await assertUnharmed(before, 128 * MiB);
  });

  it('may come and go a thousand times', async () => {
    const files = () => readdirSync(`/proc/${program.pid}/fd`).length;
    const before = { files: files(), bytes: program.residentBytes() };
    for (let count = 0; count < 1000; count++) {
      const wire = await program.connect(['a.sock', 'c.sock', 'web.sock'][count % 3]);
      if (count % 5 === 0) wire.send('{"execute":"qmp_capabilities"}{"exe');
      if (count % 7 === 0) wire.send('GET / HTTP/1.1\r\nHost: x\r\n');
      wire.close();
    }
    await assertUnharmed(before.bytes, 128 * MiB);
    for (const name of ['a.sock', 'c.sock']) await (await program.connect(name)).negotiate();
    const web = await program.connect('web.sock');
    web.send('nothing\r\n\r\n');
    await web.until('400 Bad Request');
    await web.end();
    // Of a thousand, only the three that are there now, at most, have left a descriptor.
    assert.ok(files() <= before.files + 3, `${files()} after ${before.files}`);
  });

  it('may ping and never listen', async () => {
    const wire = await program.connect('web.sock');
    wire.send(
      [
        ...['GET / HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade'],
        ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', '', ''],
      ].join('\r\n'),
    );
    await wire.until('"capabilities": ["oob"]}}\r\n');
    const before = program.residentBytes();
    wire.socket.pause();
    // Masked pings of 125 bytes; the mask is zero. In the end the program takes no more of them.
    const ping = Buffer.from(`\x89\xfd\0\0\0\0${'p'.repeat(125)}`.repeat(10_000), 'latin1');
    await flood(wire, ping);
    await assertUnharmed(before, 128 * MiB);
  });
});
