import { QmpError } from '../base/errors.ts';
import type { ChardevSocket, SocketAddressLegacy } from '../generated/types.ts';
import type { Chardev } from './chardev.ts';
import type { ChardevEnvironment, Requester } from './create.ts';
import type { SocketAddress } from './socket-address.ts';
import type { SocketLayer } from './socket-chardev.ts';
import { SocketClientChardev } from './socket-client.ts';
import { SocketServerChardev } from './socket-server.ts';
import { TELNET_LAYER, TN3270_LAYER } from './telnet.ts';
import type { TlsCredentials } from './tls.ts';

/** Makes a socket device, listening or connected. Rejects with `QmpError`. */
export async function createSocketChardev(
  id: string,
  options: ChardevSocket,
  environment: ChardevEnvironment,
  requester: Requester,
): Promise<Chardev> {
  const isServer = options.server ?? true;
  const credentials = findCredentials(options, environment, isServer);
  checkOptions(options, isServer);
  // Another of this name that could be yanked; that there is one at all is seen later.
  if (environment.chardev(id)?.yank !== undefined) throw new QmpError('duplicate yank instance');
  const address = socketAddress(options.addr, requester);
  const layers = await createLayers(options, credentials, environment);
  const { clock, report } = environment;
  return isServer
    ? SocketServerChardev.open({ id, address, layers, wait: options.wait ?? false, report })
    : SocketClientChardev.open({
        id,
        address,
        layers,
        reconnect: Math.max(0, Number(options.reconnect ?? 0)),
        clock,
        report,
      });
}

function checkOptions(options: ChardevSocket, isServer: boolean): void {
  checkAddress(options);
  if (options['tls-authz'] !== undefined && options['tls-creds'] === undefined) {
    throw new QmpError("'tls_authz' option requires 'tls_creds' option");
  }
  if (isServer && options.reconnect !== undefined) {
    throw new QmpError("'reconnect' option is incompatible with socket in server listen mode");
  }
  if (!isServer && options.websocket === true) throw new QmpError('Websocket client is not implemented');
  if (!isServer && options.wait !== undefined) {
    throw new QmpError("'wait' option is incompatible with socket in client connect mode");
  }
}

/** What does not go together with this kind of address. */
function checkAddress({ addr, server, reconnect, 'tls-creds': tls }: ChardevSocket): void {
  const refuse = (option: string, kind: string) =>
    new QmpError(`'${option}' option is incompatible with '${addr.type}' address type${kind}`);
  if (addr.type === 'fd' && reconnect !== undefined) throw refuse('reconnect', '');
  if (addr.type === 'fd' && tls !== undefined && server !== true) throw refuse('tls_creds', ' as client');
  if (addr.type === 'unix' && tls !== undefined) throw refuse('tls_creds', '');
}

function findCredentials(
  { 'tls-creds': id }: ChardevSocket,
  environment: ChardevEnvironment,
  isServer: boolean,
): TlsCredentials | undefined {
  if (id === undefined) return undefined;
  const credentials = environment.tlsCredentials(id);
  const endpoint = isServer ? 'server' : 'client';
  if (credentials.endpoint === endpoint) return credentials;
  throw new QmpError(`Expected TLS credentials for a ${endpoint} endpoint`);
}

/** The protocols above the socket, the lowest first. */
async function createLayers(
  options: ChardevSocket,
  credentials: TlsCredentials | undefined,
  { authorise }: ChardevEnvironment,
): Promise<readonly SocketLayer[]> {
  const layers: SocketLayer[] = [];
  if (credentials !== undefined) {
    const host =
      options.addr.type === 'inet' && !(options.server ?? true) ? options.addr.data.host : undefined;
    const authz = options['tls-authz'];
    const { tlsLayer } = await import('./tls.ts');
    layers.push(
      tlsLayer({
        credentials,
        host,
        authorise: authz === undefined ? undefined : name => authorise(authz, name),
      }),
    );
  }
  if (options.websocket === true) layers.push(await (await import('./websocket.ts')).webSocketLayer());
  if (options.telnet === true) layers.push(TELNET_LAYER);
  else if (options.tn3270 === true) layers.push(TN3270_LAYER);
  return layers;
}

function socketAddress(address: SocketAddressLegacy, requester: Requester): SocketAddress {
  switch (address.type) {
    case 'inet':
      return { type: 'inet', ...address.data };
    case 'unix':
      return { type: 'unix', ...address.data };
    case 'fd':
      return { type: 'fd', fd: descriptor(address.data.str, requester) };
    default:
      throw new QmpError('vsock is not available: Node.js has no such sockets');
  }
}

/** Descriptors come with the command line only: Node.js cannot receive any over a socket. */
function descriptor(name: string, requester: Requester): number {
  if (requester === 'client') throw new QmpError(`File descriptor named '${name}' has not been found`);
  if (!/^-?\d+$/.test(name)) throw new QmpError(`Unable to parse FD number ${name}`);
  return Number(name);
}
