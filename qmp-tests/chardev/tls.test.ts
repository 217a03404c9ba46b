import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { QmpError } from '../../src/base/errors.ts';
import { Client, Workshop } from './helpers.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');

/** Certificates as a client presents them. */
function identity(folder: string): ConnectionOptions {
  const file = (name: string) => readFileSync(join(TESTDATA, folder, name));
  return {
    ca: file('ca-cert.pem'),
    cert: file('client-cert.pem'),
    key: file('client-key.pem'),
    servername: 'localhost',
  };
}

describe('TLS', () => {
  let workshop: Workshop;
  beforeEach(() => {
    workshop = new Workshop();
    const dir = join(TESTDATA, 'tls');
    workshop.credentials
      .set('strict', { kind: 'x509', endpoint: 'server', dir, verifyPeer: true })
      .set('open', { kind: 'x509', endpoint: 'server', dir, verifyPeer: false })
      .set('client', { kind: 'x509', endpoint: 'client', dir, verifyPeer: true })
      .set('shared', { kind: 'psk', endpoint: 'server', dir })
      .set('guest', { kind: 'psk', endpoint: 'client', dir });
  });
  afterEach(() => workshop.dispose());

  const server = { backend: 'socket', server: 'on', wait: 'off' };

  async function secured(path: string, options: ConnectionOptions): Promise<Client> {
    const plain = await workshop.connect({ path });
    plain.socket.removeAllListeners('data');
    return new Client(connect({ ...options, socket: plain.socket }));
  }

  it('lets in who has a certificate of the right authority', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path, 'tls-creds': 'strict' });
    const client = await secured(path, identity('tls'));
    await client.receive('hello\n');
    client.send('a secret');
    await client.receive('a secret');
  });

  it('sends away who has none, or another’s, and stays open for others', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path, 'tls-creds': 'strict' });
    await (await secured(path, identity('stranger'))).closed();
    await (await secured(path, { ca: identity('tls').ca, servername: 'localhost' })).closed();
    const plain = await workshop.connect({ path });
    plain.send('{"execute":"qmp_capabilities"}\r\n');
    await plain.closed();
    await (await secured(path, identity('tls'))).receive('hello\n');
  });

  it('lets in everybody, if told so', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path, 'tls-creds': 'open' });
    const client = await secured(path, { ca: identity('tls').ca, servername: 'localhost' });
    await client.receive('hello\n');
  });

  it('works between two of us, with certificates and with keys agreed beforehand', async () => {
    for (const [here, there] of [
      ['strict', 'client'],
      ['shared', 'guest'],
    ] as const) {
      const path = workshop.path(here);
      const listening = await workshop.registry.create(here, { ...server, path, 'tls-creds': here });
      const heard = new Promise<string>(resolve => {
        listening.attach({
          opened: () => ({
            receive: chunk => resolve(Buffer.from(chunk).toString()),
            drained: () => {},
            closed: () => {},
          }),
        });
      });
      await workshop.echo({ backend: 'socket', path, 'tls-creds': there }, there);
      assert.equal(await heard, 'hello\n');
    }
  });

  it('carries WebSocket and telnet', async () => {
    const path = workshop.path();
    await workshop.echo({ ...server, path, 'tls-creds': 'open', telnet: 'on' });
    const client = await secured(path, { ca: identity('tls').ca, servername: 'localhost' });
    await client.receive('\xff\xfd\x00hello\n');
  });

  it('needs credentials, and for the right end', async () => {
    const path = workshop.path();
    const refused = (creds: string, desc: string) =>
      assert.rejects(workshop.echo({ ...server, path, 'tls-creds': creds }), new QmpError(desc));
    await refused('nosuch', "No TLS credentials with id 'nosuch'");
    await refused('client', 'Expected TLS credentials for a server endpoint');
  });
});
