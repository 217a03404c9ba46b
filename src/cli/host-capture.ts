/** `qmpsim host-capture`: writes down the host that it runs on, for `-host`. */
import { parseArgs } from 'node:util';
import { captureHost } from '../host/capture/capture.ts';

const USAGE = `usage: qmpsim host-capture [--sysfs DIR] [--proc DIR]

Prints an inventory of this host for the option -host: its IOMMU groups, PCI
devices, drivers and limits. All capabilities of devices are seen by root only.

  --sysfs DIR   where sysfs is, instead of /sys
  --proc DIR    where procfs is, instead of /proc`;

interface Outputs {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** @returns the status to exit with */
export function hostCapture(words: readonly string[], { print, complain }: Outputs): number {
  let options: { readonly sysfs: string; readonly proc: string; readonly help: boolean };
  try {
    options = parseArgs({
      args: [...words],
      options: {
        sysfs: { type: 'string', default: '/sys' },
        proc: { type: 'string', default: '/proc' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 1;
  }
  if (options.help) {
    print(USAGE);
    return 0;
  }
  const inventory = captureHost(options);
  if (inventory.groups.length === 0) complain('This host has no IOMMU groups: nothing could be assigned.');
  print(JSON.stringify(inventory, null, 2));
  return 0;
}
