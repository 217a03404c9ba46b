import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, RealClock } from '../../src/base/clock.ts';
import type { Chardev, Connection, ConnectionHandler, Frontend } from '../../src/chardev/chardev.ts';
import { ChardevRegistry } from '../../src/chardev/registry.ts';
import type { StandardStreams } from '../../src/chardev/stdio-chardev.ts';

/** Character devices and a folder for their sockets, both gone after the test. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'chardev-'));
  readonly registry: ChardevRegistry;
  readonly reports: string[] = [];
  readonly #clients: Client[] = [];

  constructor(clock: Clock = new RealClock(), streams?: StandardStreams) {
    this.registry = new ChardevRegistry({
      clock,
      claimStdio: () => streams ?? process,
      report: (_, message) => this.reports.push(message),
      tlsCredentials: id => {
        throw new Error(`no credentials '${id}' here`);
      },
      authorise: () => false,
      terminate: () => this.reports.push('terminated'),
    });
  }

  path(name = 'a.sock'): string {
    return join(this.folder, name);
  }

  /** A device with a frontend that echoes. */
  async echo(options: Readonly<Record<string, string>>, id = 'c'): Promise<Chardev> {
    const chardev = await this.registry.create(id, options);
    chardev.attach(new Echo());
    return chardev;
  }

  async connect(options: NetConnectOpts): Promise<Client> {
    const socket = createConnection(options);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const client = new Client(socket);
    this.#clients.push(client);
    return client;
  }

  dispose(): void {
    this.registry.close();
    for (const client of this.#clients) client.socket.destroy();
    rmSync(this.folder, { recursive: true });
  }
}

/** Says `hello`, then sends back what it gets. */
export class Echo implements Frontend {
  readonly connections: Connection[] = [];

  opened(connection: Connection): ConnectionHandler {
    this.connections.push(connection);
    connection.write('hello\n');
    return {
      receive: chunk => {
        if (!connection.write(Buffer.from(chunk).toString('latin1'))) connection.pause();
      },
      drained: () => connection.resume(),
      closed: () => {},
    };
  }
}

export class Client {
  #text = '';
  #changed: () => void = () => {};
  isClosed = false;

  constructor(readonly socket: Socket) {
    socket.on('data', chunk => {
      this.#text += Buffer.from(chunk).toString('latin1');
      this.#changed();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
  }

  get text(): string {
    return this.#text;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Waits until this has been received, and forgets what came up to it. */
  async receive(text: string): Promise<void> {
    while (!this.#text.includes(text)) {
      if (this.isClosed) throw new Error(`closed after '${this.#text}'`);
      await this.#change();
    }
    this.#text = this.#text.slice(this.#text.indexOf(text) + text.length);
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise(resolve => {
      this.#changed = resolve;
    });
  }
}
