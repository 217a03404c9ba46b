import { createConnection, type NetConnectOpts, Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock.ts';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import { resolve, type SocketAddress, unixName, unixText } from './socket-address.ts';
import { localText, peerText, SocketChardev, type SocketLayer } from './socket-chardev.ts';
import { checkSocket } from './socket-server.ts';

export interface ClientOptions {
  readonly id: string;
  readonly address: SocketAddress;
  readonly layers: readonly SocketLayer[];
  /** Seconds after which a connection that was lost, or that could not be made, is tried again; 0 for never. */
  readonly reconnect: number;
  readonly clock: Clock;
  readonly report: (severity: 'error', message: string) => void;
}

/** A socket that connects to somebody who listens. */
export class SocketClientChardev extends SocketChardev {
  readonly #options: ClientOptions;
  #retry: Timer | undefined;
  #closed = false;
  /** The user was told that nobody is there. */
  #reported = false;

  /** Connects. Rejects with `QmpError` if that fails, unless it is to be tried again. */
  static async open(options: ClientOptions): Promise<SocketClientChardev> {
    const chardev = new SocketClientChardev(options);
    if (options.reconnect > 0) void chardev.#tryConnect();
    else chardev.adopt(await connect(options.address));
    return chardev;
  }

  private constructor(options: ClientOptions) {
    super(options.id, options.layers);
    this.#options = options;
  }

  override close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    super.close();
  }

  protected override addressText(): string {
    const { address } = this.#options;
    if (address.type === 'unix') return `unix:${unixText(address)}`;
    return address.type === 'fd' ? `fd:${address.fd}` : `${this.scheme}:${address.host}:${address.port}`;
  }

  protected override connectedText(socket: Socket): string {
    // A client's unix socket has no name.
    return socket.remoteAddress === undefined
      ? 'unix:'
      : `${this.scheme}:${localText(socket)} <-> ${peerText(socket)}`;
  }

  protected override connected(): void {
    this.#reported = false;
  }

  protected override disconnected(): void {
    this.#retryLater();
  }

  async #tryConnect(): Promise<void> {
    try {
      const socket = await connect(this.#options.address);
      if (this.#closed) socket.destroy();
      else this.adopt(socket);
    } catch (error) {
      const { id, report } = this.#options;
      const reason = error instanceof QmpError ? error.desc : String(error);
      if (!this.#reported) report('error', `Unable to connect character device ${id}: ${reason}`);
      this.#reported = true;
      this.#retryLater();
    }
  }

  #retryLater(): void {
    if (this.#closed || this.#options.reconnect === 0) return;
    this.#retry = this.#options.clock.after(BigInt(this.#options.reconnect) * 1_000_000_000n, () => {
      void this.#tryConnect();
    });
  }
}

async function connect(address: SocketAddress): Promise<Socket> {
  if (address.type === 'fd') {
    checkSocket(address.fd);
    return new Socket({ fd: address.fd, readable: true, writable: true }).pause();
  }
  if (address.type === 'unix') {
    const path = unixName(address);
    try {
      return await connected({ path });
    } catch (error) {
      throw new QmpError(`Failed to connect to '${address.path}': ${systemErrorText(error)}`);
    }
  }
  let failure: unknown;
  for (const { address: host, port } of await resolve(address)) {
    try {
      return await connected({ host, port });
    } catch (error) {
      failure = error;
    }
  }
  throw new QmpError(`Failed to connect to '${address.host}:${address.port}': ${systemErrorText(failure)}`);
}

function connected(options: NetConnectOpts): Promise<Socket> {
  return new Promise((resolved, rejected) => {
    const socket = createConnection(options);
    socket.pause();
    socket.once('error', rejected);
    socket.once('connect', () => {
      socket.off('error', rejected);
      resolved(socket);
    });
  });
}
