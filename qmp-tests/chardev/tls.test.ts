import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect, createServer, type TlsOptions } from 'node:tls';
import { isQemuInstalled, QEMU } from '../differential/programs.ts';
import { LiveProgram, Wire } from '../qmp/live-program.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');
const DIR = join(TESTDATA, 'tls');
const MACHINE = ['-M', 'pseries', '-accel', 'tcg', '-S', '-display', 'none', '-nodefaults'];

function file(name: string): Buffer {
  return readFileSync(join(TESTDATA, name));
}

/** How Node connects as each kind of client. */
const CLIENTS = {
  known: certificate('tls'),
  stranger: { ...certificate('stranger'), ca: file('tls/ca-cert.pem') },
  nobody: { ca: file('tls/ca-cert.pem') },
  keyed: {
    maxVersion: 'TLSv1.2',
    ciphers: 'PSK',
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ identity: 'qemu', psk: Buffer.from('6d79736563726574', 'hex') }),
  },
  anonymous: {
    maxVersion: 'TLSv1.2',
    ciphers: 'ADH:@SECLEVEL=0',
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  },
} satisfies Record<string, ConnectionOptions>;

function certificate(folder: string) {
  return {
    ca: file(`${folder}/ca-cert.pem`),
    cert: file(`${folder}/client-cert.pem`),
    key: file(`${folder}/client-key.pem`),
  };
}

/** Objects of servers, and of clients. */
const SERVER_OBJECTS = [
  `tls-creds-x509,id=strict,endpoint=server,dir=${DIR}`,
  `tls-creds-x509,id=open,endpoint=server,verify-peer=off,dir=${DIR}`,
  `tls-creds-psk,id=shared,endpoint=server,dir=${DIR}`,
  `tls-creds-anon,id=anonymous,endpoint=server,dir=${DIR}`,
  'authz-simple,id=client,identity=CN=client,,O=qmpsim',
  'authz-simple,id=other,identity=CN=other',
  '{"qom-type":"authz-list","id":"list","policy":"deny","rules":[{"match":"CN=c?i*,O=q*","policy":"allow","format":"glob"}]}',
  '{"qom-type":"authz-list","id":"blocked","policy":"allow","rules":[{"match":"CN=client,O=qmpsim","policy":"deny"}]}',
];
const CLIENT_OBJECTS = [
  `tls-creds-x509,id=strict,endpoint=client,dir=${DIR}`,
  `tls-creds-x509,id=open,endpoint=client,verify-peer=off,dir=${DIR}`,
  `tls-creds-psk,id=shared,endpoint=client,dir=${DIR}`,
  'tls-creds-anon,id=anonymous,endpoint=client',
];

function objects(list: readonly string[]): string[] {
  return list.flatMap(object => ['-object', object]);
}

/** A program that serves QMP over TLS with these options, and without it at `qmp.sock`. */
class Served {
  readonly program: LiveProgram;
  #control: Wire | undefined;

  constructor(options: string, { program }: { readonly program?: string } = {}) {
    this.program = new LiveProgram(
      [
        ...MACHINE,
        ...objects(SERVER_OBJECTS),
        ...['-chardev', `socket,id=tls,host=127.0.0.1,port=0,server=on,wait=off,${options}`],
        ...['-mon', 'chardev=tls,mode=control'],
        ...['-qmp', 'unix:qmp.sock,server=on,wait=off'],
      ],
      program === undefined ? {} : { program },
    );
  }

  async control(): Promise<Wire> {
    this.#control ??= await (await this.program.connect()).negotiate();
    return this.#control;
  }

  async port(): Promise<number> {
    return Number(/:(\d+),server=on/.exec(await filename(await this.control(), 'tls'))?.[1]);
  }

  /** Connects over TLS; the wire ends without a word if the program turns the client away. */
  async connect(options: ConnectionOptions): Promise<Wire> {
    const socket = connect({ host: '127.0.0.1', port: await this.port(), ...options });
    return new Wire(socket, socket);
  }
}

async function filename(control: Wire, id: string): Promise<string> {
  const chardevs = await control.execute('query-chardev');
  assert.ok(Array.isArray(chardevs));
  return chardevs.find(({ label }) => label === id)?.filename ?? '';
}

/** Asks until the device has a peer. */
async function connected(control: Wire, id: string): Promise<void> {
  while (/^(disconnected.*)?$/.test(await filename(control, id)));
}

describe('TLS', () => {
  const programs: LiveProgram[] = [];
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.stop();
  });

  function serve(options: string): Served {
    const served = new Served(options);
    programs.push(served.program);
    return served;
  }

  for (const [options, welcome, unwelcome] of [
    ['tls-creds=strict', ['known'], ['stranger', 'nobody', 'keyed', 'anonymous']],
    ['tls-creds=open', ['known', 'stranger', 'nobody'], ['keyed']],
    ['tls-creds=shared', ['keyed'], ['known', 'anonymous']],
    ['tls-creds=anonymous', ['anonymous'], ['known', 'keyed']],
    ['tls-creds=strict,tls-authz=client', ['known'], ['stranger']],
    ['tls-creds=strict,tls-authz=list', ['known'], ['stranger']],
    ['tls-creds=strict,tls-authz=other', [], ['known']],
    ['tls-creds=strict,tls-authz=blocked', [], ['known']],
    ['tls-creds=strict,tls-authz=nosuch', [], ['known']],
    ['tls-creds=open,tls-authz=other', ['known', 'nobody'], []],
  ] as const) {
    it(`${options} lets in ${welcome.join(', ') || 'nobody'}`, async () => {
      const served = serve(options);
      for (const client of [...unwelcome, ...welcome]) {
        const wire = await served.connect(CLIENTS[client]);
        if (unwelcome.some(name => name === client)) {
          await wire.end();
          assert.equal(wire.text, '', client);
          continue;
        }
        await wire.negotiate();
        assert.deepEqual(await wire.execute('query-name'), {}, client);
        wire.close();
      }
    });
  }

  it('takes nobody who does not speak it, and stays open for others', async () => {
    const served = serve('tls-creds=strict');
    const plain = await served.program.connectTo({ host: '127.0.0.1', port: await served.port() });
    plain.send('{"execute":"qmp_capabilities"}\r\n');
    await plain.end();
    await (await served.connect(CLIENTS.known)).negotiate();
  });

  it('carries telnet and WebSocket', async () => {
    const telnet = await serve('tls-creds=open,telnet=on').connect(CLIENTS.nobody);
    await telnet.until('\xff\xfd\x00{"QMP": ');
    const web = await serve('tls-creds=open,websocket=on').connect(CLIENTS.nobody);
    web.send('nothing\r\n\r\n');
    await web.until('400 Bad Request');
  });

  it('is used by a device that a client adds', async () => {
    const program = new LiveProgram([...MACHINE, '-qmp', 'unix:qmp.sock,server=on,wait=off']);
    programs.push(program);
    const control = await (await program.connect()).negotiate();
    const server = { 'qom-type': 'tls-creds-x509', endpoint: 'server', dir: DIR };
    const add = (id: string, data: object, type = 'inet') => {
      const where = type === 'inet' ? { host: '127.0.0.1', port: '0' } : { path: 'x', str: 'x' };
      const { path, str, ...inet } = { path: undefined, str: undefined, ...where };
      const address = { inet, unix: { path }, fd: { str } }[type];
      return control.execute('chardev-add', {
        id,
        backend: { type: 'socket', data: { addr: { type, data: address }, wait: false, ...data } },
      });
    };
    const refused = async (reply: Promise<unknown>, desc: string) =>
      assert.deepEqual(await reply, { class: 'GenericError', desc: `Failed to add chardev 'c': ${desc}` });
    await control.execute('object-add', { ...server, id: 's' });
    await control.execute('object-add', { 'qom-type': 'secret', id: 'p', data: 'x' });
    await refused(add('c', { 'tls-creds': 'nosuch' }, 'unix'), "No TLS credentials with id 'nosuch'");
    await refused(add('c', { 'tls-creds': 'p' }), "Object with id 'p' is not TLS credentials");
    await refused(
      add('c', { 'tls-creds': 's', server: false, wait: undefined }),
      'Expected TLS credentials for a client endpoint',
    );
    await refused(
      add('c', { 'tls-creds': 's' }, 'unix'),
      "'tls_creds' option is incompatible with 'unix' address type",
    );
    await refused(
      add('c', { 'tls-creds': 's' }, 'fd'),
      "'tls_creds' option is incompatible with 'fd' address type as client",
    );
    await refused(add('c', { 'tls-authz': 'p' }), "'tls_authz' option requires 'tls_creds' option");
    assert.deepEqual(await add('c', { 'tls-creds': 's', 'tls-authz': 'nosuch' }), {});
    assert.deepEqual(await add('d', { 'tls-creds': 's' }), {});
    // The device does not need the object any more.
    assert.deepEqual(await control.execute('object-del', { id: 's' }), {});
    const port = Number(/:(\d+),/.exec(await filename(control, 'd'))?.[1]);
    const socket = connect({ host: '127.0.0.1', port, ...CLIENTS.known });
    const wire = new Wire(socket, socket);
    await connected(control, 'd');
    wire.close();
  });

  for (const [creds, options, host, isWelcome] of [
    ['strict', {}, '127.0.0.1', true],
    ['strict', {}, 'localhost', true],
    ['strict', {}, '127.0.0.2', false],
    ['open', {}, '127.0.0.2', true],
    ['open', { cert: undefined, key: undefined, ...anonymousServer() }, '127.0.0.1', false],
    ['anonymous', { cert: undefined, key: undefined, ...anonymousServer() }, '127.0.0.1', true],
    ['shared', keyedServer(), '127.0.0.1', true],
  ] as const) {
    it(`as a client with tls-creds=${creds} ${isWelcome ? 'talks' : 'does not talk'} to ${host}`, async () => {
      const server = createServer({
        ca: file('tls/ca-cert.pem'),
        cert: file('tls/server-cert.pem'),
        key: file('tls/server-key.pem'),
        requestCert: creds === 'strict',
        ...options,
      });
      const greeted = new Promise<boolean>(resolve => {
        server.on('secureConnection', socket => {
          socket.once('data', data => resolve(String(data).startsWith('{"QMP": '))).on('error', () => {});
          socket.once('close', () => resolve(false));
        });
        server.on('tlsClientError', () => resolve(false));
      });
      await new Promise<void>(resolve => server.listen(0, resolve));
      const { port } = Object(server.address());
      programs.push(
        new LiveProgram([
          ...[...MACHINE, ...objects(CLIENT_OBJECTS)],
          ...['-chardev', `socket,id=tls,host=${host},port=${port},tls-creds=${creds}`],
          ...['-mon', 'chardev=tls,mode=control'],
        ]),
      );
      assert.equal(await greeted, isWelcome);
      server.close();
    });
  }

  describe('beside QEMU', () => {
    before(function () {
      if (isQemuInstalled()) return;
      assert.notEqual(process.env.QMPSIM_REQUIRE, '1', `${QEMU} is not installed`);
      this.skip();
    });

    for (const creds of ['strict', 'open', 'shared', 'anonymous']) {
      for (const isServer of [true, false]) {
        it(`tls-creds=${creds} works with ${isServer ? 'a client' : 'a server'} that is QEMU`, async () => {
          const qemu = { program: QEMU };
          const served = new Served(`tls-creds=${creds}`, isServer ? {} : qemu);
          programs.push(served.program);
          const address = `host=localhost,port=${await served.port()}`;
          const client = new LiveProgram(
            [
              ...[...MACHINE, ...objects(CLIENT_OBJECTS)],
              ...['-chardev', `socket,id=tls,${address},ipv6=off,tls-creds=${creds}`],
              ...['-qmp', 'unix:qmp.sock,server=on,wait=off'],
            ],
            isServer ? qemu : {},
          );
          programs.push(client);
          await connected(await (await client.connect()).negotiate(), 'tls');
          await connected(await served.control(), 'tls');
        });
      }
    }
  });
});

function anonymousServer(): TlsOptions {
  return { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2', dhparam: 'auto' };
}

function keyedServer(): TlsOptions {
  return {
    ciphers: 'PSK',
    maxVersion: 'TLSv1.2',
    pskCallback: (_, user) => (user === 'qemu' ? Buffer.from('6d79736563726574', 'hex') : null),
  };
}
