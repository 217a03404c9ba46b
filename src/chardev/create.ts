import type { Clock } from '../base/clock.ts';
import { QmpError } from '../base/errors.ts';
import type { Chardev } from './chardev.ts';
import { FileChardev } from './file-chardev.ts';
import { NullChardev } from './null-chardev.ts';
import { type ChardevOptions, OptionReader } from './options.ts';
import type { SocketAddress } from './socket-address.ts';
import { PLAIN_LAYER, type SocketLayer } from './socket-chardev.ts';
import { SocketClientChardev } from './socket-client.ts';
import { SocketServerChardev } from './socket-server.ts';
import { type StandardStreams, StdioChardev } from './stdio-chardev.ts';
import { TELNET_LAYER } from './telnet.ts';

/** What character devices need of the world around them. */
export interface ChardevEnvironment {
  readonly clock: Clock;
  /** Hands out standard input and output; throws `QmpError` the second time. */
  readonly claimStdio: () => StandardStreams;
}

/** Makes the device that `-chardev` describes, listening or connected. Rejects with `QmpError`. */
export async function createChardev(
  id: string,
  options: ChardevOptions,
  environment: ChardevEnvironment,
): Promise<Chardev> {
  const reader = new OptionReader(options);
  const backend = reader.string('backend') ?? '';
  switch (backend) {
    case 'null':
      return new NullChardev(id);
    case 'file': {
      const path = reader.string('path');
      if (path === undefined) throw new QmpError('chardev: file: no filename given');
      return new FileChardev(id, path, reader.boolean('append') ?? false);
    }
    case 'stdio':
      reader.boolean('signal');
      return new StdioChardev(id, environment.claimStdio());
    case 'socket':
      return createSocket(id, reader, environment.clock);
    default:
      throw new QmpError(`'${backend}' is not a valid char driver name`);
  }
}

function createSocket(id: string, reader: OptionReader, clock: Clock): Promise<Chardev> {
  const isServer = reader.boolean('server') ?? false;
  const wait = reader.boolean('wait');
  const reconnect = reader.number('reconnect');
  const isTelnet = reader.boolean('telnet') ?? false;
  const isWebSocket = reader.boolean('websocket') ?? false;
  checkDelay(reader);
  const address = addressOf(reader);
  if (reader.string('tls-creds') !== undefined) {
    throw new QmpError(`No TLS credentials with id '${reader.string('tls-creds')}'`);
  }
  if (reader.string('tls-authz') !== undefined) {
    throw new QmpError("'tls_authz' option requires 'tls_creds' option");
  }
  if (isServer && reconnect !== undefined) {
    throw new QmpError("'reconnect' option is incompatible with socket in server listen mode");
  }
  if (!isServer && isWebSocket) throw new QmpError('Websocket client is not implemented');
  if (!isServer && wait !== undefined) {
    throw new QmpError("'wait' option is incompatible with socket in client connect mode");
  }
  if (isWebSocket) throw new QmpError('WebSocket is not available');
  const layer: SocketLayer = isTelnet ? TELNET_LAYER : PLAIN_LAYER;
  return isServer
    ? SocketServerChardev.open({ id, address, layer, wait: wait ?? true })
    : SocketClientChardev.open({ id, address, layer, reconnect: Math.max(0, reconnect ?? 0), clock });
}

function checkDelay(reader: OptionReader): void {
  const given = [reader.boolean('delay'), reader.boolean('nodelay')].filter(value => value !== undefined);
  if (given.length > 1) throw new QmpError("'delay' and 'nodelay' are mutually exclusive");
}

function addressOf(reader: OptionReader): SocketAddress {
  const path = reader.string('path');
  const host = reader.string('host');
  const fd = reader.string('fd');
  if ([path, host, fd].filter(value => value !== undefined).length > 1) {
    throw new QmpError("None or one of 'path', 'fd' or 'host' option required.");
  }
  if (path !== undefined) return { type: 'unix', path };
  if (host === undefined) {
    if (fd === undefined || !/^-?\d+$/.test(fd)) throw new QmpError(`Unable to parse FD number ${fd ?? ''}`);
    return { type: 'fd', fd: Number(fd) };
  }
  const port = reader.string('port');
  if (port === undefined) throw new QmpError('chardev: socket: no port given');
  const to = reader.number('to');
  const ipv4 = reader.boolean('ipv4');
  const ipv6 = reader.boolean('ipv6');
  return {
    type: 'inet',
    host,
    port,
    ...(to !== undefined ? { to } : {}),
    ...(ipv4 !== undefined ? { ipv4 } : {}),
    ...(ipv6 !== undefined ? { ipv6 } : {}),
  };
}
