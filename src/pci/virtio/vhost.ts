import { isOpenDescriptor, readDescriptor } from '../../base/descriptor.ts';
import { QmpError } from '../../base/errors.ts';
import type { Device } from '../../qdev/device.ts';
import { str } from '../../qdev/properties.ts';

/** The descriptor of a vhost device that the user has opened. */
export const vhostfd = str('vhostfd');

/** A device that the user has opened. @param who begins the message. @throws QmpError for what is no number */
export function readVhostDescriptor(device: Device, who: string, text: string): number {
  try {
    return readDescriptor(text, device.system.ready);
  } catch (error) {
    if (error instanceof QmpError) throw new QmpError(`${who}: unable to parse vhostfd: ${error.desc}`);
    throw error;
  }
}

/** Where a host's kernel would take over: whatever was opened is no vhost device. */
export function ownerRefused(fd: number): QmpError {
  const reason = isOpenDescriptor(fd) ? 'Inappropriate ioctl for device' : 'Bad file descriptor';
  return new QmpError(`vhost_set_owner failed: ${reason}`);
}

/** Where another process would take over: descriptors of memory cannot be handed to it. */
export function backendRefused(): QmpError {
  return new QmpError('vhost_backend_init failed: Protocol error');
}
