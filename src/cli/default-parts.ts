import { lastValue } from '../base/option-syntax.ts';
import type { DefaultPart } from '../machine/board.ts';
import type { Draft } from './draft.ts';

const ALL_PARTS: readonly DefaultPart[] = [
  'serial',
  'parallel',
  'monitor',
  'cdrom',
  'floppy',
  'sd-card',
  'network',
  'display',
];

/** Who names a device of one of these types brings such a part himself. */
const BROUGHT: Readonly<Record<string, DefaultPart>> = {
  'isa-serial': 'serial',
  'isa-parallel': 'parallel',
  'isa-fdc': 'floppy',
  floppy: 'floppy',
  'ide-cd': 'cdrom',
  'ide-hd': 'cdrom',
  'scsi-cd': 'cdrom',
  'scsi-hd': 'cdrom',
  VGA: 'display',
  'isa-vga': 'display',
  'cirrus-vga': 'display',
  'isa-cirrus-vga': 'display',
  'vmware-svga': 'display',
  'qxl-vga': 'display',
  'virtio-vga': 'display',
  'virtio-vga-gl': 'display',
  'ati-vga': 'display',
  'vhost-user-vga': 'display',
};

/** Parts for which there is an option. */
const SAID: Readonly<Partial<Record<DefaultPart, (draft: Draft) => boolean>>> = {
  serial: ({ serials }) => serials.length > 0,
  parallel: ({ parallels }) => parallels.length > 0,
  monitor: ({ defaultMonitor }) => !defaultMonitor,
  network: ({ defaultNetwork }) => !defaultNetwork,
  display: ({ vga }) => vga !== undefined,
};

/** What the command line leaves to the board. */
export function readDefaultParts(draft: Draft): ReadonlySet<DefaultPart> {
  if (!draft.defaultDevices) return new Set();
  const brought = broughtParts(draft);
  return new Set(ALL_PARTS.filter(part => !brought.has(part) && SAID[part]?.(draft) !== true));
}

/** What the user brings as a device. */
export function broughtParts(draft: Draft): ReadonlySet<DefaultPart> {
  const drivers = [
    ...draft.list('device').options.map(({ entries }) => lastValue(entries, 'driver')),
    ...draft.jsonDevices.map(({ value }) => value.driver),
    ...draft.globals.map(({ driver }) => driver),
  ];
  return new Set(
    drivers.flatMap(driver =>
      typeof driver === 'string' && Object.hasOwn(BROUGHT, driver) ? (BROUGHT[driver] ?? []) : [],
    ),
  );
}
