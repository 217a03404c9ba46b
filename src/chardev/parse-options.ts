import { QmpError } from '../base/errors.ts';
import type {
  ChardevBackend,
  ChardevCommon,
  InetSocketAddress,
  SocketAddressLegacy,
} from '../generated/types.ts';
import { type ChardevOptions, OptionReader } from './options.ts';

/** Looks whether options are there, and their values of the right types; tells of old names. Throws `QmpError`. */
export function checkChardevOptions(options: ChardevOptions, warn: (message: string) => void): void {
  const reader = new OptionReader(options, warn);
  const alias = reader.string('backend');
  const name = alias === 'tty' ? 'serial' : alias === 'parport' ? 'parallel' : undefined;
  if (name !== undefined) warn(`The alias '${alias}' is deprecated, use '${name}' instead`);
}

/** Turns the options of `-chardev` into what `chardev-add` would have been given. Throws `QmpError`. */
export function parseChardevOptions(options: ChardevOptions): ChardevBackend {
  const reader = new OptionReader(options);
  const backend = reader.string('backend') ?? '';
  const common = commonOptions(reader);
  switch (backend) {
    case 'null':
    case 'pty':
    case 'msmouse':
    case 'wctablet':
    case 'braille':
    case 'testdev':
      return { type: backend, data: common };
    case 'file':
      return {
        type: backend,
        data: {
          ...common,
          in: reader.string('input-path'),
          out: required(reader, 'path', 'file: no filename given'),
          append: reader.boolean('append'),
        },
      };
    case 'pipe':
    case 'parallel':
    case 'parport':
      return {
        type: backend === 'pipe' ? backend : 'parallel',
        data: { ...common, device: required(reader, 'path', `${backend}: no device path given`) },
      };
    case 'serial':
    case 'tty': {
      const device = required(reader, 'path', 'serial/tty: no device path given');
      return { type: 'serial', data: { ...common, device } };
    }
    case 'spicevmc': {
      const type = required(reader, 'name', 'spice channel: no name given');
      return { type: backend, data: { ...common, type } };
    }
    case 'spiceport': {
      const fqdn = required(reader, 'name', 'spice port: no name given');
      return { type: backend, data: { ...common, fqdn } };
    }
    case 'qemu-vdagent': {
      const data = { mouse: reader.boolean('mouse'), clipboard: reader.boolean('clipboard') };
      return { type: backend, data: { ...common, ...data } };
    }
    case 'stdio':
      return { type: backend, data: { ...common, signal: reader.boolean('signal') } };
    case 'socket':
      return { type: backend, data: { ...common, ...socketOptions(reader) } };
    case 'udp':
      return { type: backend, data: { ...common, ...udpOptions(reader) } };
    case 'ringbuf':
    case 'memory':
      return { type: backend, data: { ...common, size: reader.size('size') } };
    case 'vc':
      return { type: backend, data: { ...common, ...consoleOptions(reader) } };
    case 'mux':
      return {
        type: backend,
        data: { ...common, chardev: required(reader, 'chardev', 'mux: no chardev given') },
      };
    default:
      throw new QmpError(`'${backend}' is not a valid char driver name`);
  }
}

/** Whether several frontends are to share the device (`mux=on`). */
export function isShared(options: ChardevOptions): boolean {
  return new OptionReader(options).boolean('mux') ?? false;
}

function commonOptions(reader: OptionReader): ChardevCommon {
  return { logfile: reader.string('logfile'), logappend: reader.boolean('logappend') };
}

function consoleOptions(reader: OptionReader) {
  return {
    width: reader.number('width'),
    height: reader.number('height'),
    cols: reader.number('cols'),
    rows: reader.number('rows'),
  };
}

function socketOptions(reader: OptionReader) {
  const server = reader.boolean('server') ?? false;
  checkDelay(reader);
  return {
    addr: socketAddress(reader),
    'tls-creds': reader.string('tls-creds'),
    'tls-authz': reader.string('tls-authz'),
    server,
    // Unlike `chardev-add`, a listening device waits unless told otherwise.
    wait: reader.boolean('wait') ?? (server ? true : undefined),
    telnet: reader.boolean('telnet'),
    tn3270: reader.boolean('tn3270'),
    websocket: reader.boolean('websocket'),
    reconnect: reader.number('reconnect'),
  };
}

function checkDelay(reader: OptionReader): void {
  const given = [reader.boolean('delay'), reader.boolean('nodelay')].filter(value => value !== undefined);
  if (given.length > 1) throw new QmpError("'delay' and 'nodelay' are mutually exclusive");
}

function socketAddress(reader: OptionReader): SocketAddressLegacy {
  const path = reader.string('path');
  const host = reader.string('host');
  const fd = reader.string('fd');
  if ([path, host, fd].filter(value => value !== undefined).length > 1) {
    throw new QmpError("None or one of 'path', 'fd' or 'host' option required.");
  }
  if (path !== undefined) {
    const data = { path, abstract: reader.boolean('abstract'), tight: reader.boolean('tight') };
    return { type: 'unix', data };
  }
  if (host === undefined) return { type: 'fd', data: { str: fd ?? '' } };
  const port = required(reader, 'port', 'socket: no port given');
  return { type: 'inet', data: inetAddress(reader, host, port, uint16(reader.number('to'))) };
}

function udpOptions(reader: OptionReader) {
  const host = reader.string('host') || 'localhost';
  const port = reader.string('port') || undefined;
  if (port === undefined) throw new QmpError('chardev: udp: remote port not specified');
  const remote: SocketAddressLegacy = { type: 'inet', data: inetAddress(reader, host, port, undefined) };
  const [address, localPort] = [reader.string('localaddr'), reader.string('localport')];
  if (address === undefined && localPort === undefined) return { remote };
  const local: SocketAddressLegacy = {
    type: 'inet',
    data: { host: address ?? '', port: localPort || '0' },
  };
  return { remote, local };
}

function inetAddress(
  reader: OptionReader,
  host: string,
  port: string,
  to: number | undefined,
): InetSocketAddress {
  return { host, port, to, ipv4: reader.boolean('ipv4'), ipv6: reader.boolean('ipv6') };
}

function uint16(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(BigInt.asUintN(16, value));
}

function required(reader: OptionReader, name: string, complaint: string): string {
  const value = reader.string(name);
  if (value === undefined) throw new QmpError(`chardev: ${complaint}`);
  return value;
}
