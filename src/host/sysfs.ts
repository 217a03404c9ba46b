import { posix } from 'node:path';
import type { Host } from './host.ts';
import type { HostDevice } from './host-device.ts';

export const SYSFS_PCI_DEVICES = '/sys/bus/pci/devices';

/** A folder of the host's sysfs: a PCI device's, or one on the way to those. */
export interface SysfsFolder {
  readonly name: string;
  readonly device: HostDevice | undefined;
}

/** @returns undefined where the path leads to nothing that a simulated host has */
export function sysfsFolder(host: Host, path: string): SysfsFolder | undefined {
  if (!posix.isAbsolute(path)) return undefined;
  const folder = posix.normalize(`${path}/.`);
  const name = posix.basename(folder) || '/';
  if (`${SYSFS_PCI_DEVICES}/`.startsWith(folder === '/' ? folder : `${folder}/`))
    return { name, device: undefined };
  const device = posix.dirname(folder) === SYSFS_PCI_DEVICES ? host.device(name) : undefined;
  return device?.present === true ? { name, device } : undefined;
}
