import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';

/** Where a socket listens or connects to. */
export type SocketAddress = UnixAddress | InetAddress | FdAddress;

export interface UnixAddress {
  readonly type: 'unix';
  readonly path: string;
  /** A name in the kernel's own namespace rather than a file. */
  readonly abstract?: boolean | undefined;
  /** Such a name ends with its last character; else it is filled up with NUL. On by default. */
  readonly tight?: boolean | undefined;
}

export interface InetAddress {
  readonly type: 'inet';
  /** Name or address; empty for all addresses of this host. */
  readonly host: string;
  readonly port: string;
  /** The last port to try when listening. */
  readonly to?: number | undefined;
  readonly ipv4?: boolean | undefined;
  readonly ipv6?: boolean | undefined;
}

/** A socket that the process inherited. */
export interface FdAddress {
  readonly type: 'fd';
  readonly fd: number;
}

/** An address that needs no further look-up. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Bytes of a path that the kernel's `sockaddr_un` has room for, with the final NUL. */
const MAX_UNIX_PATH = 108;

/** The name as Node wants it. Throws `QmpError` if it does not fit into a socket address. */
export function unixName({ path, abstract = false, tight = true }: UnixAddress): string {
  checkUnixPath(path);
  if (abstract && tight) throw new QmpError('abstract=on needs tight=off: Node.js fills such names up');
  return abstract ? `\0${path}` : path;
}

/** As `query-chardev` shows it. */
export function unixText({ path, abstract = false, tight = false }: UnixAddress): string {
  return abstract ? `${path},abstract=on${tight ? ',tight=on' : ''}` : path;
}

/** True for addresses that only this host can reach. */
export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(address);
}

function checkUnixPath(path: string): void {
  if (Buffer.byteLength(path) < MAX_UNIX_PATH) return;
  throw new QmpError(
    `UNIX socket path '${path}' is too long`,
    'GenericError',
    `Path must be less than ${MAX_UNIX_PATH} bytes`,
  );
}

/** `127.0.0.1:5555`, `[::1]:5555`. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Looks up the addresses that a host and port stand for, in the order in which they are tried. Only numbers are
 * understood as ports; like the C library, they are taken modulo 2^16. Throws `QmpError`.
 */
export async function resolve({ host, port, ipv4, ipv6 }: InetAddress): Promise<readonly Endpoint[]> {
  if (ipv4 === false && ipv6 === false) throw new QmpError('Cannot disable IPv4 and IPv6 at same time');
  const failed = (reason: string) => new QmpError(`address resolution failed for ${host}:${port}: ${reason}`);
  if (!/^\d*$/.test(port)) throw failed('Servname not supported for ai_socktype');
  const number = Number(port) % 0x10000;
  // Of the two, only one was switched on, or only the other switched off.
  const family = ipv6 === false || (ipv4 === true && ipv6 !== true) ? 4 : wantsIpv6(ipv4, ipv6) ? 6 : 0;
  if (host === '') return [{ address: family === 6 ? '::' : '0.0.0.0', port: number }];
  if (isOtherFamily(host, family)) throw failed('Address family for hostname not supported');
  // Loaded late: most machines listen on a path, and start faster without it.
  const dns = await import('node:dns/promises');
  try {
    const found = await dns.lookup(host, { all: true, family, verbatim: true });
    return found.map(({ address }) => ({ address, port: number }));
  } catch (error) {
    throw failed(systemErrorText(error));
  }
}

function wantsIpv6(ipv4: boolean | undefined, ipv6: boolean | undefined): boolean {
  return ipv4 === false || (ipv6 === true && ipv4 !== true);
}

function isOtherFamily(host: string, family: 0 | 4 | 6): boolean {
  if (family === 4) return host.includes(':');
  return family === 6 && /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
