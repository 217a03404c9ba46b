import { isIPv6 } from 'node:net';
import { QmpError } from '../base/errors.ts';
import { formatIpv4, parseIpv4 } from './address.ts';
import { NetBackend, type NetSurroundings, type OptionsOf } from './backend.ts';

type UserOptions = OptionsOf<'user'>;

const DEFAULT_NET = '10.0.2.0/24';
const GATEWAY = 2;
const NAME_SERVER = 3;
const FIRST_LEASE = 15;
const MAX_NAME = 255;
const MAX_IPV6_PREFIX = 126;
const SMBD = '/usr/sbin/smbd';

/** A network of its own behind the emulator. Its addresses are checked as if somebody would use them. @throws QmpError */
export function userBackend(options: UserOptions, surroundings: NetSurroundings): NetBackend {
  checkFamilies(options);
  const network = parseNetwork(options.net ?? (options.ip === undefined ? DEFAULT_NET : `${options.ip}/24`));
  checkIpv4(options, network);
  checkIpv6(options);
  checkNames(options);
  if (options.smbserver !== undefined && parseIpv4(options.smbserver) === undefined)
    throw new QmpError('Failed to parse SMB address');
  for (const { str } of options.hostfwd ?? []) checkHostForward(str);
  for (const { str } of options.guestfwd ?? []) checkGuestForward(str, network, surroundings);
  if (options.smb !== undefined) throw new QmpError(`Could not find '${SMBD}', please install it`);
  const restrict = options.restrict === true ? 'on' : 'off';
  return new NetBackend(options.id, 'user', `net=${formatIpv4(network.address)},restrict=${restrict}`);
}

/** Where only one family is spoken of, asking for it is doing without the other. */
function checkFamilies(options: UserOptions): void {
  const ipv4 = options.ipv4 ?? options.ipv6 !== true;
  const ipv6 = options.ipv6 ?? options.ipv4 !== true;
  const { net, ip, host, dns } = options;
  if (!ipv4 && [net, ip, host, dns].some(value => value !== undefined))
    throw new QmpError('IPv4 disabled but netmask/host/dns provided');
  const { 'ipv6-prefix': prefix, 'ipv6-host': host6, 'ipv6-dns': dns6 } = options;
  if (!ipv6 && [prefix, host6, dns6].some(value => value !== undefined))
    throw new QmpError('IPv6 disabled but prefix/host6/dns6 provided');
  if (!ipv4 && !ipv6) throw new QmpError('IPv4 and IPv6 disabled');
}

interface Network {
  readonly address: number;
  readonly mask: number;
}

function parseNetwork(text: string): Network {
  const [address = '', bits] = text.split('/', 2);
  const value = parseIpv4(address);
  if (value === undefined) throw new QmpError('Failed to parse netmask');
  const mask = bits === undefined ? classMask(value) : parseMask(bits);
  return { address: (value & mask) >>> 0, mask };
}

/** Private networks (RFC 1918) have masks of their own, others those of their class. */
function classMask(address: number): number {
  if (address >>> 31 === 0) return 0xff000000;
  if ((address & 0xfff00000) >>> 0 === 0xac100000) return 0xfff00000;
  if ((address & 0xffff0000) >>> 0 === 0xc0a80000) return 0xffff0000;
  return address >>> 30 === 2 ? 0xffff0000 : 0xffffff00;
}

function parseMask(bits: string): number {
  if (!/^\d+$/.test(bits)) {
    const mask = parseIpv4(bits);
    if (mask === undefined || !bits.includes('.'))
      throw new QmpError('Failed to parse netmask (trailing chars)');
    return mask;
  }
  const count = Number(bits);
  if (count < 4 || count > 32) throw new QmpError('Invalid netmask provided (must be in range 4-32)');
  return (0xffffffff << (32 - count)) >>> 0;
}

function checkIpv4(options: UserOptions, network: Network): void {
  const inside = (address: number) => (address & network.mask) >>> 0 === network.address;
  const place = (number: number) => (network.address | (number & ~network.mask)) >>> 0;
  const parse = (text: string | undefined, otherwise: number, what: string): number => {
    if (text === undefined) return otherwise;
    const address = parseIpv4(text);
    if (address === undefined) throw new QmpError(`Failed to parse ${what}`);
    return address;
  };
  const host = parse(options.host, place(GATEWAY), 'host');
  if (!inside(host)) throw new QmpError("Host doesn't belong to network");
  const dns = parse(options.dns, place(NAME_SERVER), 'DNS');
  if (options.restrict === true && !inside(dns)) throw new QmpError("DNS doesn't belong to network");
  if (dns === host) throw new QmpError('DNS must be different from host');
  const lease = parse(options.dhcpstart, place(FIRST_LEASE), 'DHCP start address');
  if (!inside(lease)) throw new QmpError("DHCP doesn't belong to network");
  if (lease === host || lease === dns) throw new QmpError('DHCP must be different from host and DNS');
}

function checkIpv6(options: UserOptions): void {
  const address = (text: string | undefined, what: string) => {
    if (text !== undefined && !isIPv6(text)) throw new QmpError(`Failed to parse IPv6 ${what}`);
  };
  address(options['ipv6-prefix'], 'prefix');
  const length = Number(options['ipv6-prefixlen'] ?? 64);
  if (length < 0 || length > MAX_IPV6_PREFIX) {
    throw new QmpError(
      `Invalid IPv6 prefix provided (IPv6 prefix length must be between 0 and ${MAX_IPV6_PREFIX})`,
    );
  }
  address(options['ipv6-host'], 'host');
  const prefix = options['ipv6-prefix'] ?? 'fec0::';
  const host = options['ipv6-host'];
  if (
    host !== undefined &&
    ipv6Bits(host) >> (128n - BigInt(length)) !== ipv6Bits(prefix) >> (128n - BigInt(length))
  )
    throw new QmpError("IPv6 Host doesn't belong to network");
  address(options['ipv6-dns'], 'DNS');
}

/** 128 bits of an address that is known to be one. */
function ipv6Bits(text: string): bigint {
  const [head = '', tail] = text.split('::', 2);
  const words = (part: string) => (part === '' ? [] : part.split(':'));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const middle = Array.from({ length: tail === undefined ? 0 : 8 - front.length - back.length }, () => '0');
  return [...front, ...middle, ...back].reduce(
    (value, word) => (value << 16n) | BigInt(Number.parseInt(word, 16) || 0),
    0n,
  );
}

function checkNames(options: UserOptions): void {
  const names: readonly (readonly [parameter: string, value: string | undefined])[] = [
    ['vhostname', options.hostname],
    ['tftp-server-name', options['tftp-server-name']],
    ['domainname', options.domainname],
  ];
  for (const [parameter, value] of names) {
    if (value !== undefined && value.length > MAX_NAME)
      throw new QmpError(`'${parameter}' parameter cannot exceed ${MAX_NAME} bytes`);
  }
}

/** `[tcp|udp]:[HOST]:PORT-[GUEST]:PORT` */
function checkHostForward(rule: string): void {
  const bad = (what: string) => new QmpError(`Invalid host forwarding rule '${rule}' (${what})`);
  const [protocol, ...rest] = rule.split(':');
  if (rest.length === 0) throw bad('No : separators');
  if (protocol !== '' && protocol !== 'tcp' && protocol !== 'udp') throw bad('Bad protocol name');
  const [host = '', ...afterHost] = rest;
  if (afterHost.length === 0) throw bad('Missing : separator');
  if (host !== '' && parseIpv4(host) === undefined) throw bad('Bad host address');
  const ports = afterHost.join(':');
  const dash = ports.indexOf('-');
  if (dash < 0) throw bad('Bad host port separator');
  if (!isPort(ports.slice(0, dash), 0)) throw bad('Bad host port');
  const guest = ports.slice(dash + 1);
  const colon = guest.indexOf(':');
  if (colon < 0) throw bad('Missing guest address');
  if (colon > 0 && parseIpv4(guest.slice(0, colon)) === undefined) throw bad('Bad guest address');
  if (!isPort(guest.slice(colon + 1), 1)) throw bad('Bad guest port');
}

/** `tcp:SERVER:PORT-DEVICE`, where the device is a character device or a command. */
function checkGuestForward(rule: string, network: Network, { chardevKind }: NetSurroundings): void {
  const match = /^(?:tcp)?:([^:]*):([^-]*)-(.*)$/.exec(rule);
  const [, server = '', port = '', target = ''] = match ?? [];
  const address = server === '' ? network.address : parseIpv4(server);
  if (match === null || address === undefined || !isPort(port, 1))
    throw new QmpError(`Invalid guest forwarding rule '${rule}'`);
  if ((address & network.mask) >>> 0 !== network.address)
    throw new QmpError(`Conflicting/invalid host:port in guest forwarding rule '${rule}'`);
  if (target.startsWith('cmd:')) return;
  const [, chardev] = /^chardev:(.*)$/.exec(target) ?? [];
  if (chardev === undefined || chardevKind(chardev) === undefined)
    throw new QmpError(`Could not open guest forwarding device 'guestfwd.tcp.${Number(port)}'`);
}

function isPort(text: string, least: number): boolean {
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= 65535;
}
