import type { Clock } from '../base/clock.ts';
import { QmpError } from '../base/errors.ts';
import type { ChardevBackend, SocketAddressLegacy } from '../generated/types.ts';
import type { Chardev } from './chardev.ts';
import { createSocketChardev } from './create-socket.ts';
import { FileChardev } from './file-chardev.ts';
import { MuxChardev } from './mux-chardev.ts';
import { NullChardev } from './null-chardev.ts';
import { RingbufChardev } from './ringbuf-chardev.ts';
import type { InetAddress } from './socket-address.ts';
import { type StandardStreams, StdioChardev } from './stdio-chardev.ts';
import type { TlsCredentials } from './tls.ts';

/** What character devices need of the world around them. */
export interface ChardevEnvironment {
  readonly clock: Clock;
  /** Hands out standard input and output; throws `QmpError` the second time. */
  readonly claimStdio: () => StandardStreams;
  /** Takes a line for stderr. */
  readonly report: (severity: 'error' | 'warning' | 'info', message: string) => void;
  /** The object with this id; throws `QmpError` if there is none, or it is something else. */
  readonly tlsCredentials: (id: string) => TlsCredentials;
  /** Whether the authorization object with this id lets somebody of this name in; without one, nobody may. */
  readonly authorise: (id: string, name: string) => boolean;
  /** The user asks for the end of the process with a key. */
  readonly terminate: () => void;
  /** Another device, for those that build on one; throws `QmpError` if there is none. */
  readonly chardev: (id: string) => Chardev | undefined;
}

/** Who wants a device: the command line, whose descriptors are numbers, or a client, whose have names. */
export type Requester = 'command-line' | 'client';

/** The kinds of device that can be made, in the order in which QEMU lists them. */
export const CHARDEV_BACKENDS = [
  'memory',
  'parallel',
  'mux',
  'spiceport',
  'file',
  'udp',
  'socket',
  'msmouse',
  'qemu-vdagent',
  'wctablet',
  'ringbuf',
  'braille',
  'null',
  'testdev',
  'pty',
  'pipe',
  'serial',
  'vc',
  'spicevmc',
  'stdio',
] as const;

/** What a channel of Spice can be for. */
const SPICE_CHANNELS: readonly string[] = ['vdagent', 'smartcard', 'usbredir'];

/** Makes a device, listening or connected. Rejects with `QmpError`. */
export async function createChardev(
  id: string,
  { type, data }: ChardevBackend,
  environment: ChardevEnvironment,
  requester: Requester,
): Promise<Chardev> {
  switch (type) {
    case 'null':
    case 'vc':
    case 'msmouse':
    case 'wctablet':
    case 'testdev':
    case 'qemu-vdagent':
      return new NullChardev(id, type);
    case 'spicevmc':
      if (!SPICE_CHANNELS.includes(data.type)) {
        const hint = `allowed spice char type names: ${SPICE_CHANNELS.join(', ')}`;
        throw new QmpError(`unsupported type name: ${data.type}`, 'GenericError', hint);
      }
      return new NullChardev(id, type);
    case 'spiceport':
      throw new QmpError('spice not enabled');
    case 'braille':
      throw new QmpError('brlapi__openConnection: connect: No such file or directory');
    case 'serial':
    case 'parallel': {
      const { openParallel, SerialChardev } = await import('./serial-chardev.ts');
      return type === 'serial' ? new SerialChardev(id, data.device) : openParallel(data.device);
    }
    case 'file':
      return new FileChardev(id, data);
    case 'pipe': {
      const { PipeChardev } = await import('./pipe-chardev.ts');
      return new PipeChardev(id, data.device);
    }
    case 'ringbuf':
    case 'memory':
      return new RingbufChardev(id, type, data.size);
    case 'stdio':
      return new StdioChardev(id, environment.claimStdio(), data.signal);
    case 'socket':
      return createSocketChardev(id, data, environment, requester);
    case 'udp': {
      const { UdpChardev } = await import('./udp-chardev.ts');
      const local = data.local === undefined ? undefined : inetAddress(data.local);
      return UdpChardev.open(id, inetAddress(data.remote), local);
    }
    case 'mux': {
      const base = environment.chardev(data.chardev);
      if (base === undefined) throw new QmpError(`mux: base chardev ${data.chardev} not found`);
      return new MuxChardev(id, base, environment.terminate);
    }
    case 'pty': {
      const { PtyChardev } = await import('./pty-chardev.ts');
      const pty = new PtyChardev(id);
      const locked = 'which stays locked: nobody can open it';
      environment.report('warning', `char device redirected to ${pty.name} (label ${id}), ${locked}`);
      return pty;
    }
    default:
      throw new QmpError(`'${type}' is not a valid char driver name`);
  }
}

function inetAddress(address: SocketAddressLegacy): InetAddress {
  if (address.type !== 'inet') throw new QmpError('socket type unsupported for datagram');
  return { type: 'inet', ...address.data };
}
