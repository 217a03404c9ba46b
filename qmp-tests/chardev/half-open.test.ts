import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { LiveProgram, Wire } from '../qmp/live-program.ts';

const CREDENTIALS = join(import.meta.dirname, 'testdata/tls');
const KINDS = {
  tls: 'host=127.0.0.1,port=0,tls-creds=creds',
  telnet: 'path=telnet.sock,telnet=on',
  web: 'path=web.sock,websocket=on',
  'web-tls': 'host=127.0.0.1,port=0,tls-creds=creds,websocket=on',
} as const;
type Kind = keyof typeof KINDS;

/** The head of a record with a greeting of 512 bytes, and its first ones. */
const HELLO = Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(40)]);
const UPGRADE = [
  ...['GET / HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade'],
  ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', '', ''],
].join('\r\n');

/** How far a client comes. */
const BEGINNINGS: Readonly<Record<Kind, readonly (string | Uint8Array)[]>> = {
  tls: ['', HELLO, 'no TLS at all\r\n', HELLO.subarray(0, 3)],
  telnet: ['', '\xff', '\xff\xfa\x18', '\xff\xfb\x01{"execute"'],
  web: ['', 'GET / HT', UPGRADE.slice(0, -2), `${UPGRADE}\x81`],
  'web-tls': ['', HELLO, UPGRADE],
};

/** What a client can send for ever without coming to the end of a handshake. */
const ENDLESS: Readonly<Record<Kind, readonly [begin: string | Uint8Array, more: string | Uint8Array]>> = {
  tls: [Buffer.from('1603014000010fffff0303', 'hex'), Buffer.alloc(0x4000 - 6)],
  telnet: ['', Buffer.from('fffb01'.repeat(10_000), 'hex')],
  web: ['GET / HTTP/1.1\r\n', `X-More: ${'x'.repeat(1000)}\r\n`.repeat(10)],
  'web-tls': [UPGRADE, UPGRADE],
};

const MiB = 1 << 20;
/** Who can send nothing for so long is not read any more. */
const STUCK_MS = 300;

describe('a handshake that never ends', () => {
  let program: LiveProgram;
  let other: Wire;

  beforeEach(async () => {
    program = new LiveProgram([
      ...['-M', 'pseries', '-accel', 'tcg', '-S', '-display', 'none', '-nodefaults'],
      ...['-object', `tls-creds-x509,id=creds,endpoint=server,verify-peer=off,dir=${CREDENTIALS}`],
      ...['-qmp', 'unix:other.sock,server=on,wait=off'],
      ...Object.entries(KINDS).flatMap(([kind, options]) => [
        ...['-chardev', `socket,id=${kind},server=on,wait=off,${options}`],
        ...['-mon', `chardev=${kind},mode=control`],
      ]),
    ]);
    other = await (await program.connect('other.sock')).negotiate();
  });
  afterEach(() => program.stop());

  const descriptors = () => readdirSync(`/proc/${program.pid}/fd`).length;

  async function connectTo(kind: Kind): Promise<Wire> {
    if (!kind.endsWith('tls')) return program.connect(`${kind}.sock`);
    const chardevs = Object(await other.execute('query-chardev'));
    const { filename } = chardevs.find(({ label }: { readonly label: string }) => label === kind);
    return program.connectTo({ host: '127.0.0.1', port: Number(/:(\d+),server/.exec(filename)?.[1]) });
  }

  /** Somebody who does it right is served. */
  async function assertServes(kind: Kind): Promise<void> {
    const plain = await connectTo(kind);
    const stream = kind.endsWith('tls')
      ? connect({ socket: plain.socket, rejectUnauthorized: false, checkServerIdentity: () => undefined })
      : plain.socket;
    const wire = stream === plain.socket ? plain : new Wire(stream, stream);
    if (kind.startsWith('web')) wire.send(UPGRADE);
    await wire.until('"capabilities": ["oob"]}}\r\n');
    plain.close();
  }

  for (const kind of ['tls', 'telnet', 'web', 'web-tls'] as const) {
    it(`of ${kind} leaves nothing behind when the client goes`, async () => {
      // The first one brings code and keys into memory.
      await assertServes(kind);
      const before = { files: descriptors(), bytes: program.residentBytes() };
      for (let count = 0; count < 200; count++) {
        const wire = await connectTo(kind);
        const beginning = BEGINNINGS[kind][count % BEGINNINGS[kind].length] ?? '';
        wire.send(typeof beginning === 'string' ? Buffer.from(beginning, 'latin1') : beginning);
        // Some are seen to be there before they leave.
        if (count % 10 === 0) await other.execute('query-name');
        wire.close();
      }
      await assertServes(kind);
      while (descriptors() > before.files) await other.execute('query-name');
      const grown = program.residentBytes() - before.bytes;
      assert.ok(grown < 64 * MiB, `grown by ${Math.round(grown / MiB)} MiB`);
    });

    it(`of ${kind} keeps nobody else from being served`, async () => {
      const before = program.residentBytes();
      const endless = await connectTo(kind);
      const next = await connectTo(kind);
      const [begin, more] = ENDLESS[kind];
      endless.send(typeof begin === 'string' ? Buffer.from(begin, 'latin1') : begin);
      for (let sent = 0; sent < 100 * MiB && !endless.hasEnded; sent += more.length) {
        if (endless.socket.write(more)) continue;
        const drained = new Promise(resolve => endless.socket.once('drain', () => resolve(true)));
        if (!(await Promise.race([drained, delay(STUCK_MS, false)]))) break;
        assert.deepEqual(await other.execute('query-name'), {});
      }
      const grown = program.residentBytes() - before;
      assert.ok(grown < 128 * MiB, `grown by ${Math.round(grown / MiB)} MiB`);
      endless.close();
      next.close();
      await assertServes(kind);
    });
  }
});
