import { fstatSync, readFileSync, readlinkSync, unlinkSync } from 'node:fs';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { QmpError } from '../base/errors.ts';
import { hasCode, systemErrorText } from '../base/system-errors.ts';
import {
  type Endpoint,
  endpointText,
  type InetAddress,
  isLoopback,
  resolve,
  type SocketAddress,
  unixName,
  unixText,
} from './socket-address.ts';
import { localText, peerText, SocketChardev, type SocketLayer } from './socket-chardev.ts';

export interface ServerOptions {
  readonly id: string;
  readonly address: SocketAddress;
  readonly layers: readonly SocketLayer[];
  /** The machine is made only when the first client is there. */
  readonly wait: boolean;
  readonly report: (severity: 'warning', message: string) => void;
}

/** Clients that may wait for the one before them to leave; further ones are turned away. */
const MAX_WAITING = 256;

/**
 * A listening socket with one client at a time. Others are connected, as far as the kernel is concerned, but
 * hear nothing and are not read until it is their turn.
 */
export class SocketServerChardev extends SocketChardev {
  readonly #server: Server;
  readonly #text: string;
  readonly #waiting: Socket[] = [];
  readonly #ready: Promise<void>;
  #isReady: boolean;
  #firstClient: () => void = () => {};
  #closed = false;

  /** Begins to listen. Rejects with `QmpError`. */
  static async open(options: ServerOptions): Promise<SocketServerChardev> {
    const { server, text } = await listen(options.address);
    warnIfExposed(server, text, options);
    return new SocketServerChardev(options, server, text);
  }

  private constructor(options: ServerOptions, server: Server, text: string) {
    super(options.id, options.layers);
    this.#server = server;
    this.#text = text;
    this.#isReady = !options.wait;
    this.#ready = options.wait
      ? new Promise(resolved => {
          this.#firstClient = resolved;
        })
      : Promise.resolve();
    server.on('connection', (socket: Socket) => this.#arrived(socket));
    // Accepting can fail for want of file descriptors; those who listen go on listening.
    server.on('error', () => {});
  }

  override get isReady(): boolean {
    return this.#isReady;
  }

  override ready(): Promise<void> {
    return this.#ready;
  }

  override close(): void {
    this.#closed = true;
    // Also removes the name of a unix socket.
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
    super.close();
  }

  protected override addressText(): string {
    return `${this.#isUnix ? 'unix' : this.scheme}:${this.#text},server=on`;
  }

  protected override connectedText(socket: Socket): string {
    if (this.#isUnix) return this.addressText();
    return `${this.scheme}:${localText(socket)},server=on <-> ${peerText(socket)}`;
  }

  protected override connected(): void {
    this.#isReady = true;
    this.#firstClient();
  }

  protected override disconnected(): void {
    const next = this.#closed ? undefined : this.#waiting.shift();
    if (next === undefined) return;
    next.removeAllListeners('readable');
    this.adopt(next);
  }

  get #isUnix(): boolean {
    return typeof this.#server.address() !== 'object' || this.#server.address() === null;
  }

  #arrived(socket: Socket): void {
    if (this.socket === undefined) this.adopt(socket);
    else if (this.#waiting.length < MAX_WAITING) this.#letWait(socket);
    else socket.destroy();
  }

  /** What the client says meanwhile stays in the stream, which takes some; that it left is noticed. */
  #letWait(socket: Socket): void {
    this.#waiting.push(socket);
    socket.on('error', () => {});
    socket.on('readable', () => {
      // Nothing to be read is the end; looking for more makes the stream say so.
      if (socket.readableLength === 0) socket.read();
    });
    socket.once('close', () => {
      const place = this.#waiting.indexOf(socket);
      if (place >= 0) this.#waiting.splice(place, 1);
    });
  }
}

/** Whoever can reach the address can do to the machine, and to files of this host, what its commands can. */
function warnIfExposed(server: Server, text: string, { id, report }: ServerOptions): void {
  const address = server.address();
  if (typeof address !== 'object' || address === null || isLoopback(address.address)) return;
  report('warning', `character device ${id} listens on ${text}, which others than this host may reach`);
}

interface Listening {
  readonly server: Server;
  /** The address that is listened on, without its scheme. */
  readonly text: string;
}

async function listen(address: SocketAddress): Promise<Listening> {
  if (address.type === 'inet') return listenInet(address);
  if (address.type === 'fd') return listenFd(address.fd);
  const path = unixName(address);
  try {
    if (address.abstract !== true) unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTDIR')) {
      throw new QmpError(`Failed to unlink socket ${address.path}: ${systemErrorText(error)}`);
    }
  }
  try {
    return { server: await listening({ path }), text: unixText(address) };
  } catch (error) {
    // Node reports a folder that does not exist as one that is not writable.
    const reason = hasCode(error, 'EACCES') ? folderProblem(address.path, error) : error;
    throw new QmpError(`Failed to bind socket to ${address.path}: ${systemErrorText(reason)}`);
  }
}

/** The error of looking at the folder of `path`, if that fails; else `otherwise`. */
function folderProblem(path: string, otherwise: unknown): unknown {
  try {
    readlinkSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return error;
  }
  return otherwise;
}

async function listenInet(address: InetAddress): Promise<Listening> {
  let failure: unknown;
  for (const { address: host, port } of await resolve(address)) {
    for (let candidate = port; candidate <= Math.max(port, address.to ?? port); candidate++) {
      try {
        const server = await listening({ host, port: candidate });
        return { server, text: endpointText(endpointOf(server)) };
      } catch (error) {
        failure = error;
        if (!hasCode(error, 'EADDRINUSE')) break;
      }
    }
  }
  const what = hasCode(failure, 'EADDRINUSE')
    ? 'Failed to find an available port'
    : 'Failed to listen on socket';
  throw new QmpError(`${what}: ${systemErrorText(failure)}`);
}

async function listenFd(fd: number): Promise<Listening> {
  checkSocket(fd);
  try {
    const server = await listening({ fd });
    const isInet = typeof server.address() === 'object' && server.address() !== null;
    return { server, text: isInet ? endpointText(endpointOf(server)) : unixNameOf(fd) };
  } catch (error) {
    throw new QmpError(`Failed to listen on fd socket: ${systemErrorText(error)}`);
  }
}

/** Throws `QmpError` unless the inherited descriptor is a socket. */
export function checkSocket(fd: number): void {
  try {
    if (fstatSync(fd).isSocket()) return;
  } catch {
    // A descriptor that is not open is no socket either.
  }
  throw new QmpError(`File descriptor '${fd}' is not a socket`);
}

/** The path that an inherited unix socket is bound to, which Node does not tell; empty if there is none. */
function unixNameOf(fd: number): string {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? [];
    for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
      const fields = line.trim().split(/\s+/);
      if (fields[6] === inode) return fields[7] ?? '';
    }
  } catch {
    // Not on Linux.
  }
  return '';
}

function endpointOf(server: Server): Endpoint {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address : { address: '', port: 0 };
}

function listening(options: ListenOptions & { readonly fd?: number }): Promise<Server> {
  return new Promise((resolved, rejected) => {
    const server = createServer({ pauseOnConnect: true });
    server.once('error', rejected).once('listening', () => {
      server.off('error', rejected);
      resolved(server);
    });
    listenOn(server, options);
  });
}

/** What `listen` comes to for a path, by the name under which Node.js has had it since before there were clusters. */
interface LegacyServer {
  _listen2?(path: string, port: -1, addressType: -1, backlog: number): void;
}

const BACKLOG = 511;

/** `listen` loads Node's cluster module first, which takes a twentieth of this program's whole start. */
function listenOn(server: Server & LegacyServer, options: ListenOptions & { readonly fd?: number }): void {
  if (options.path === undefined || server._listen2 === undefined) server.listen(options);
  else server._listen2(options.path, -1, -1, BACKLOG);
}
