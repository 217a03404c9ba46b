import type { Socket } from 'node:dgram';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import { Chardev, type ConnectionHandler, type Frontend } from './chardev.ts';
import { type InetAddress, resolve } from './socket-address.ts';

/** Datagrams to one address and from it; there is always a peer, as far as anybody can tell. */
export class UdpChardev extends Chardev {
  readonly backend = 'udp';
  readonly #socket: Socket;
  #isPaused = false;

  /** Rejects with `QmpError` if an address cannot be had. */
  static async open(id: string, remote: InetAddress, local: InetAddress | undefined): Promise<UdpChardev> {
    const host = remote.host === '' ? 'localhost' : remote.host;
    if (remote.port === '') throw new QmpError('remote port not specified');
    const [peer] = await resolve({ ...remote, host });
    if (peer === undefined) throw new QmpError(`address resolution failed for ${host}:${remote.port}`);
    const isIpv6 = peer.address.includes(':');
    const [own] = local === undefined ? [] : await resolve({ ...local, port: local.port || '0' });
    const { createSocket } = await import('node:dgram');
    const socket = createSocket(isIpv6 ? 'udp6' : 'udp4');
    try {
      const bound = own ?? { address: isIpv6 ? '::' : '0.0.0.0', port: 0 };
      await settled(socket, done => socket.bind(bound, done));
      await settled(socket, done => socket.connect(peer.port, peer.address, done));
    } catch (error) {
      socket.close();
      throw new QmpError(`Failed to bind socket: ${systemErrorText(error)}`);
    }
    return new UdpChardev(id, socket);
  }

  private constructor(id: string, socket: Socket) {
    super(id);
    this.#socket = socket;
    // That nobody listens there is no reason to give up.
    socket.on('error', () => {});
  }

  override get isConnected(): boolean {
    return false;
  }

  override get filename(): string {
    return 'udp';
  }

  override close(): void {
    this.#socket.close();
    super.close();
  }

  protected override attached(frontend: Frontend): void {
    const handler: ConnectionHandler = frontend.opened({
      backlog: 0,
      write: text => {
        this.#socket.send(Buffer.from(text, 'latin1'));
        return true;
      },
      pause: () => {
        this.#isPaused = true;
      },
      resume: () => {
        this.#isPaused = false;
      },
      end: () => {},
      destroy: () => {},
    });
    this.#socket.on('message', message => {
      // Datagrams wait for nobody.
      if (!this.#isPaused) handler.receive(message);
    });
  }
}

function settled(socket: Socket, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolved, rejected) => {
    socket.once('error', rejected);
    start(() => {
      socket.off('error', rejected);
      resolved();
    });
  });
}
