import { type DeviceCatalogue, PC_DEVICES, PSERIES_DEVICES } from './devices.ts';

/** A kind of machine to be compared. */
export interface Kind {
  /** QEMU's program, and ours. */
  readonly qemu: string;
  readonly ours: string;
  readonly target: 'ppc64' | 'x86_64';
  /** The machine: nothing on it but what it always has, or what it comes with, and room for more. */
  readonly args: readonly string[];
  readonly devices: DeviceCatalogue;
  /** Firmware lays out the memory, which the one that QEMU runs here does not: the machine stays paused. */
  readonly firmwareMapsMemory: boolean;
}

const COMMON = ['-accel', 'tcg', '-S', '-display', 'none', '-name', 'guest=twin'];
const BARE = ['-nodefaults', ...COMMON];
const ROOM = ['-m', '512M,slots=4,maxmem=4G'];
const MORE_ROOM = [...ROOM, '-smp', '1,maxcpus=4'];
/** Where devices can come and go: the bus of a q35 itself lets none. */
const PORTS = [
  ...['-device', 'pcie-root-port,id=p1,chassis=1', '-device', 'pcie-root-port,id=p2,chassis=2'],
  ...['-device', 'pcie-pci-bridge,id=br'],
];

const PSERIES = {
  qemu: 'qemu-system-ppc64',
  ours: 'qmpsim-system-ppc64',
  target: 'ppc64',
  devices: PSERIES_DEVICES,
  firmwareMapsMemory: false,
} as const;

const PC = {
  qemu: 'qemu-system-x86_64',
  ours: 'qmpsim-system-x86_64',
  target: 'x86_64',
  devices: PC_DEVICES,
  firmwareMapsMemory: true,
} as const;

export const KINDS = {
  pseries: { ...PSERIES, args: ['-M', 'pseries', ...MORE_ROOM, ...BARE] },
  pc: { ...PC, args: ['-M', 'pc', ...MORE_ROOM, ...BARE] },
  q35: { ...PC, args: ['-M', 'q35', ...MORE_ROOM, ...BARE, ...PORTS] },
  // As they come.
  'pseries-default': { ...PSERIES, args: ['-M', 'pseries', ...ROOM, ...COMMON] },
  'pc-default': { ...PC, args: ['-M', 'pc', ...COMMON] },
  'q35-default': { ...PC, args: ['-M', 'q35', ...COMMON] },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

export function isKind(name: string): name is KindName {
  return Object.hasOwn(KINDS, name);
}
