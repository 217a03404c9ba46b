import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Machine } from '../machine/machine.ts';
import { dumpDeviceTree } from '../machine/properties.ts';
import type { Configuration } from './configuration.ts';
import { CliError } from './errors.ts';

/** What a machine that is ready cannot do after all, said when QEMU would try. @throws CliError */
export function lastChecks(machine: Machine, { savedState, incoming, root }: Configuration): void {
  const file = machine.value(dumpDeviceTree);
  if (file !== '' && machine.target === 'ppc64') throw cannotDump(file);
  if (savedState !== undefined) throw CliError.at(undefined, whyNotLoaded(machine, savedState));
  if (incoming !== undefined)
    throw CliError.at(incoming.location, `unknown migration protocol: ${incoming.text}`);
  if (root !== undefined) throw CliError.at(undefined, 'chroot failed');
}

function cannotDump(file: string): CliError {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    return CliError.at(undefined, `qemu_fdt_dumpdtb: Failed dumping dtb to ${file}`);
  }
  return CliError.at(
    undefined,
    "property 'dumpdtb' is not simulated: there is no device tree of the whole machine",
  );
}

/** No drive has snapshots. */
function whyNotLoaded({ blocks }: Machine, name: string): string {
  const writable = blocks.drives.filter(({ node }) => node !== undefined && !node.readOnly);
  const unable = writable.find(({ node }) => node?.facts.driver !== 'qcow2');
  if (unable !== undefined) return `Device '${unable.name}' is writable but does not support snapshots`;
  return writable.length === 0
    ? 'no block device can store vmstate for snapshot'
    : `Snapshot '${name}' does not exist in one or more devices`;
}
