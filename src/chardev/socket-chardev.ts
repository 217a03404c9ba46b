import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Chardev, type Frontend } from './chardev.ts';
import { endpointText } from './socket-address.ts';
import { StreamConnection } from './stream-connection.ts';

/** A protocol between the socket and the frontend: TLS, WebSocket, telnet. */
export interface SocketLayer {
  /** How addresses with this protocol begin, if it shows. */
  readonly scheme?: string;
  /**
   * Speaks the protocol on a stream that is open and paused. Resolves when the peer has agreed, with the stream of
   * the payload, paused. Rejects if the peer does not; then the connection is closed.
   */
  open(stream: Duplex): Promise<Duplex>;
}

/** A character device whose peer is on the other side of a socket. */
export abstract class SocketChardev extends Chardev {
  readonly backend = 'socket';
  /** The lowest first. */
  readonly #layers: readonly SocketLayer[];
  #socket: Socket | undefined;
  #connection: StreamConnection | undefined;

  constructor(id: string, layers: readonly SocketLayer[]) {
    super(id);
    this.#layers = layers;
  }

  override get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  override get filename(): string {
    const socket = this.#connection === undefined ? undefined : this.#socket;
    return socket === undefined ? `disconnected:${this.addressText()}` : this.connectedText(socket);
  }

  override close(): void {
    this.#socket?.destroy();
    super.close();
  }

  override yank(): void {
    this.#socket?.destroy();
  }

  /** The socket in use, or about to be. */
  protected get socket(): Socket | undefined {
    return this.#socket;
  }

  protected get scheme(): string {
    return this.#layers.findLast(layer => layer.scheme !== undefined)?.scheme ?? 'tcp';
  }

  /** The address without a peer. */
  protected abstract addressText(): string;

  /** The address with this peer. */
  protected abstract connectedText(socket: Socket): string;

  /** The peer is gone. */
  protected abstract disconnected(): void;

  /** A peer is there and its protocol agreed. */
  protected connected(): void {}

  /** Takes a socket, which is paused, as the peer's. */
  protected adopt(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay();
    const gone = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#connection = undefined;
      this.disconnected();
    };
    if (this.#layers.length === 0) {
      this.#open(socket, gone);
      return;
    }
    socket.on('error', () => {});
    socket.once('close', gone);
    this.#raise(socket).then(
      stream => {
        if (this.#socket === socket) this.#open(stream, () => socket.destroy());
      },
      () => socket.destroy(),
    );
  }

  /** Puts the protocols on top of each other. */
  async #raise(socket: Socket): Promise<Duplex> {
    let stream: Duplex = socket;
    for (const layer of this.#layers) stream = await layer.open(stream);
    return stream;
  }

  protected override attached(frontend: Frontend): void {
    this.#connection?.open(frontend);
  }

  #open(stream: Duplex, closed: () => void): void {
    const connection = new StreamConnection(stream, closed);
    this.#connection = connection;
    this.connected();
    if (this.frontend !== undefined) connection.open(this.frontend);
  }
}

/** The socket's own address. */
export function localText(socket: Socket): string {
  return textOf({ address: socket.localAddress ?? '', port: socket.localPort ?? 0 });
}

/** The peer's address. */
export function peerText(socket: Socket): string {
  return textOf({ address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
}

/** An IPv4 peer of a socket that listens for both families has a mapped address. */
function textOf({ address, port }: Pick<AddressInfo, 'address' | 'port'>): string {
  const plain = isIPv6(address) ? address.replace(/^::ffff:(?=\d+\.)/, '') : address;
  return endpointText({ address: plain, port });
}
