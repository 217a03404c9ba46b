import { existsSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { checkDescriptor, NetBackend, type NetSurroundings, type OptionsOf } from './backend.ts';

const DEFAULT_SCRIPT = '/etc/qemu-ifup';
const DEFAULT_DOWN_SCRIPT = '/etc/qemu-ifdown';
const DEFAULT_INTERFACE = 'tap0';

/** @throws QmpError naming all options that do not go together with the one that was chosen */
function refuseAlongside(chosen: string, names: readonly string[], options: object): void {
  if (!names.some(name => name in options)) return;
  const list = names.map(name => `${name}=`);
  const last = list.pop();
  throw new QmpError(`${list.join(', ')}, and ${last} are invalid with ${chosen}=`);
}

/** A TAP interface, which is taken to be there for whoever asks. @throws QmpError */
export function tapBackend(options: OptionsOf<'tap'>): NetBackend {
  const { id } = options;
  const made = ['ifname', 'script', 'downscript', 'vnet_hdr', 'helper', 'queues'];
  if (options.fd !== undefined) {
    refuseAlongside('fd', [...made, 'fds', 'vhostfds'], options);
    checkDescriptor(id, options.fd);
    return new NetBackend(id, 'tap', `fd=${options.fd}`);
  }
  if (options.fds !== undefined) {
    refuseAlongside('fds', [...made, 'vhostfd'], options);
    for (const fd of options.fds.split(':')) checkDescriptor(id, fd);
    return new NetBackend(id, 'tap', `fd=${options.fds.split(':')[0]}`);
  }
  if (options.helper !== undefined) {
    refuseAlongside('helper', ['ifname', 'script', 'downscript', 'vnet_hdr', 'queues', 'vhostfds'], options);
    throw new QmpError('bridge helper failed');
  }
  if (options.vhostfds !== undefined) throw new QmpError("vhostfds= is invalid if fds= wasn't specified");
  const script = options.script ?? DEFAULT_SCRIPT;
  if (script !== 'no' && script !== '' && options.script !== undefined && !existsSync(script))
    throw new QmpError(`network script ${script} failed with status 256`);
  const downscript = options.downscript ?? DEFAULT_DOWN_SCRIPT;
  const ifname = options.ifname ?? DEFAULT_INTERFACE;
  return new NetBackend(id, 'tap', `ifname=${ifname},script=${script},downscript=${downscript}`);
}

/** Nobody here has the privileges that the helper would lend. @throws QmpError always */
export function bridgeBackend(): NetBackend {
  throw new QmpError('bridge helper failed');
}

export function hubPortBackend(options: OptionsOf<'hubport'>, { hasNetdev }: NetSurroundings): NetBackend {
  if (options.netdev !== undefined && !hasNetdev(options.netdev))
    throw new QmpError(`netdev '${options.netdev}' not found`);
  return new NetBackend(options.id, 'hubport', '', Number(options.hubid));
}

export function l2tpv3Backend(options: OptionsOf<'l2tpv3'>): NetBackend {
  if (options.udp === true && (options.srcport === undefined || options.dstport === undefined))
    throw new QmpError('need both src and dst port for udp');
  return new NetBackend(options.id, 'l2tpv3', 'l2tpv3: connected');
}

/** @throws QmpError always: no character device here is a process that could take queues over */
export function vhostUserBackend(
  options: OptionsOf<'vhost-user'>,
  { chardevKind }: NetSurroundings,
): NetBackend {
  const { chardev } = options;
  const kind = chardevKind(chardev);
  if (kind === undefined) throw new QmpError(`chardev "${chardev}" not found`);
  throw new QmpError(
    kind === 'socket'
      ? "Device 'vhost-user' could not be initialized"
      : `chardev "${chardev}" is not reconnectable`,
  );
}

/** @throws QmpError always: the simulated host has no such devices */
export function vhostVdpaBackend(options: OptionsOf<'vhost-vdpa'>): NetBackend {
  const { vhostdev, vhostfd, id } = options;
  if (vhostdev === undefined && vhostfd === undefined)
    throw new QmpError('vhost-vdpa: neither vhostdev= nor vhostfd= was specified');
  if (vhostdev !== undefined && vhostfd !== undefined)
    throw new QmpError('vhost-vdpa: vhostdev= and vhostfd= are mutually exclusive');
  if (vhostdev !== undefined) {
    throw existsSync(vhostdev)
      ? new QmpError('Fail to query features from vhost-vDPA device: Inappropriate ioctl for device')
      : new QmpError(`Could not open '${vhostdev}': No such file or directory`);
  }
  try {
    if (!/^\d+$/.test(vhostfd ?? '')) checkDescriptor(id, vhostfd ?? '');
  } catch (error) {
    throw error instanceof QmpError ? error.prefixed('vhost-vdpa: unable to parse vhostfd: ') : error;
  }
  throw new QmpError('Fail to query features from vhost-vDPA device: Bad file descriptor');
}
