import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { QmpError } from '../base/errors.ts';
import type { SocketAddress } from '../generated/types.ts';
import { formatIpv4, isMulticast, parseHostPort, parseIpv4 } from './address.ts';
import { checkDescriptor, NetBackend, type OptionsOf } from './backend.ts';

const WAYS = ['fd', 'listen', 'connect', 'mcast', 'udp'] as const;

/** A socket to another emulator. None is opened: nobody ever calls. @throws QmpError */
export function socketBackend(options: OptionsOf<'socket'>): NetBackend {
  const { id, localaddr } = options;
  const backend = (info = '') => new NetBackend(id, 'socket', info);
  if (WAYS.filter(way => options[way] !== undefined).length !== 1)
    throw new QmpError('exactly one of listen=, connect=, mcast= or udp= is required');
  if (localaddr !== undefined && options.mcast === undefined && options.udp === undefined)
    throw new QmpError('localaddr= is only valid with mcast= or udp=');
  if (options.fd !== undefined) {
    checkDescriptor(id, options.fd);
    return backend(`socket: fd=${options.fd}`);
  }
  if (options.listen !== undefined) {
    parseHostPort(options.listen);
    return backend();
  }
  if (options.connect !== undefined) {
    parseHostPort(options.connect);
    return backend();
  }
  if (options.mcast !== undefined) {
    const { host } = parseHostPort(options.mcast);
    requireMulticast(host);
    return backend(`socket: mcast=${options.mcast}`);
  }
  const remote = options.udp ?? '';
  parseHostPort(remote);
  if (localaddr === undefined) throw new QmpError('localaddr= is mandatory with udp=');
  parseHostPort(localaddr);
  return backend(`socket: udp=${remote}`);
}

function requireMulticast(host: string): void {
  const address = parseIpv4(host) ?? 0;
  if (isMulticast(address)) return;
  const hex = address.toString(16).padStart(8, '0');
  throw new QmpError(
    `specified mcastaddr ${formatIpv4(address)} (0x${hex}) does not contain a multicast address`,
  );
}

/** A connection to another emulator, which is made later: what fails then shows nowhere but in the description. */
export function streamBackend({ id, addr }: OptionsOf<'stream'>): NetBackend {
  const nowhere = addr.type === 'unix' && !existsSync(dirname(addr.path));
  return new NetBackend(id, 'stream', nowhere ? 'connection error' : '');
}

/** @throws QmpError */
export function dgramBackend({ id, local, remote }: OptionsOf<'dgram'>): NetBackend {
  const backend = (info: string) => new NetBackend(id, 'dgram', info);
  if (remote?.type === 'inet' && isMulticast(parseIpv4(remote.host) ?? 0))
    return backend(`mcast=${remote.host}:${remote.port}`);
  if (local === undefined) throw new QmpError('dgram requires local= parameter');
  if (local.type === 'fd') {
    checkDescriptor(id, local.str);
    return backend(`fd=${local.str} unix`);
  }
  if (remote === undefined && (local.type === 'inet' || local.type === 'unix'))
    throw new QmpError('type=inet or type=unix requires remote parameter');
  if (remote !== undefined && remote.type !== local.type)
    throw new QmpError('remote and local types must be the same');
  return backend(
    `udp=${text(local)}${local.type === 'unix' ? ':' : '/'}${remote === undefined ? '' : text(remote)}`,
  );
}

function text(address: SocketAddress): string {
  switch (address.type) {
    case 'inet':
      return `${address.host}:${address.port}`;
    case 'unix':
      return address.path;
    default:
      return '';
  }
}
