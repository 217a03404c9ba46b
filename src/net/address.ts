import { isIPv4 } from 'node:net';
import { QmpError } from '../base/errors.ts';

/** 32 bits of an IPv4 address as C's `inet_aton` reads it: `10.0.2.2`, but also `10.2`; undefined if it is none. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.').map(parsePart);
  if (parts.length > 4) return undefined;
  let value = 0;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const limit = last ? 2 ** (8 * (4 - index)) : 256;
    if (part === undefined || part >= limit) return undefined;
    value += last ? part : part * 2 ** (8 * (3 - index));
  }
  return value;
}

function parsePart(text: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map(shift => (value >>> shift) & 0xff).join('.');
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`; no name is ever looked up, so only addresses and `localhost` are known. @throws QmpError */
export function parseHostPort(text: string): HostPort {
  const colon = text.indexOf(':');
  if (colon < 0) {
    throw new QmpError(`host address '${text}' doesn't contain ':' separating host from port`);
  }
  const host = text.slice(0, colon);
  const port = text.slice(colon + 1);
  if (host !== '' && host !== 'localhost' && !isIPv4(host) && parseIpv4(host) === undefined)
    throw new QmpError(`can't resolve host address '${host}'`);
  if (!/^\s*\d+$/.test(port)) throw new QmpError(`port number '${port}' is invalid`);
  return { host, port: Number(port) & 0xffff };
}

/** Addresses of groups (RFC 5771). */
export function isMulticast(address: number): boolean {
  return address >>> 28 === 0xe;
}
