import { QmpError } from '../base/errors.ts';
import type { BoardTraits } from '../machine/board.ts';
import type { MemoryLayout } from '../machine/memory-size.ts';
import { NONE } from '../machine/none.ts';
import type { MachineTraits } from '../machine/traits.ts';
import { PC_VERSIONS, type PcVersion } from './versions.ts';

/** How machines with PCI Express are called. */
export const Q35_PREFIX = 'pc-q35-';

const DEFAULT_RAM = 128n << 20n;
const DEFAULT_CPU = 'qemu64-x86_64-cpu';
const MAX_SLOTS = 256n;
const PAGE_SIZE = 4096n;

function checkMemory(
  machine: string,
  { hasMemoryHotplug }: PcVersion,
  { size, slots, maxSize }: MemoryLayout,
): void {
  if (!hasMemoryHotplug && (slots > 0n || maxSize > size))
    throw new QmpError(`"-memory 'slots|maxmem'" is not supported by: ${machine}`);
  if (slots > MAX_SLOTS) throw new QmpError(`unsupported amount of memory slots: ${slots}`);
  if (maxSize % PAGE_SIZE !== 0n)
    throw new QmpError(`maximum memory size must by aligned to multiple of ${PAGE_SIZE} bytes`);
}

/** What one kind of PC is called, and how far back its versions go. */
interface Kind {
  readonly prefix: string;
  readonly alias: string;
  readonly isDefault: boolean;
  readonly oldest: string;
  /** Versions that only the other kind has. */
  readonly without: readonly string[];
  readonly maxCpus: (version: PcVersion) => number;
  readonly board: (version: PcVersion) => BoardTraits;
}

const PARTS = ['serial', 'parallel', 'monitor', 'cdrom', 'sd-card', 'network', 'display'] as const;

const Q35: Kind = {
  prefix: Q35_PREFIX,
  alias: 'q35',
  isDefault: false,
  oldest: '2.4',
  without: [],
  maxCpus: ({ expressCpus }) => expressCpus,
  board: () => ({ parts: PARTS, display: 'std', driveInterface: 'ide', idePerBus: 1 }),
};

const I440FX: Kind = {
  prefix: 'pc-i440fx-',
  alias: 'pc',
  isDefault: true,
  oldest: '1.4',
  without: ['4.0.1'],
  maxCpus: () => 255,
  board: ({ display }) => ({
    parts: [...PARTS, 'floppy'],
    display,
    driveInterface: 'ide',
    idePerBus: 2,
  }),
};

function traitsOf(kind: Kind, version: PcVersion): MachineTraits {
  const name = `${kind.prefix}${version.name}`;
  const maxCpus = kind.maxCpus(version);
  const current = { alias: kind.alias, ...(kind.isDefault ? { 'is-default': true } : {}) };
  return {
    info: {
      name,
      ...(version === PC_VERSIONS[0] ? current : {}),
      'cpu-max': maxCpus,
      'hotpluggable-cpus': true,
      'numa-mem-supported': version.numaMem,
      deprecated: version.deprecation !== undefined,
      'default-cpu-type': DEFAULT_CPU,
      'default-ram-id': 'pc.ram',
    },
    topology: {
      machine: name,
      minCpus: 1,
      maxCpus,
      diesSupported: true,
      clustersSupported: false,
      preferSockets: version.prefersSockets,
    },
    board: kind.board(version),
    defaultRamSize: DEFAULT_RAM,
    checkMemory: layout => checkMemory(name, version, layout),
  };
}

/** In the order in which QEMU lists them: the kinds in turn, the newest first. */
export const PC_MACHINE_VERSIONS = [Q35, I440FX].flatMap(kind => {
  const end = PC_VERSIONS.findIndex(({ name }) => name === kind.oldest);
  return PC_VERSIONS.slice(0, end + 1)
    .filter(({ name }) => !kind.without.includes(name))
    .map(version => ({ version, traits: traitsOf(kind, version) }));
});

export const PC_MACHINES: readonly MachineTraits[] = [
  ...PC_MACHINE_VERSIONS.map(({ traits }) => traits),
  NONE,
];

/** The version of a type of machine. */
export function versionOf(machine: string): PcVersion | undefined {
  return PC_MACHINE_VERSIONS.find(({ traits }) => traits.info.name === machine)?.version;
}
