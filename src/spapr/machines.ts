import type { BoardTraits } from '../machine/board.ts';
import { NONE } from '../machine/none.ts';
import type { MachineTraits } from '../machine/traits.ts';
import { checkSpaprMemory } from './memory-rules.ts';
import { SPAPR_VERSIONS, type SpaprVersion } from './versions.ts';

const MAX_CPUS = 4096;
const DEFAULT_RAM = 512n << 20n;

const BOARD: BoardTraits = {
  parts: ['serial', 'monitor', 'cdrom', 'floppy', 'sd-card', 'network', 'display'],
  display: 'std',
  driveInterface: 'scsi',
  idePerBus: 2,
};

const [NEWEST] = SPAPR_VERSIONS;

function traitsOf(version: SpaprVersion): MachineTraits {
  const name = `pseries-${version.name}`;
  return {
    info: {
      name,
      ...(version === NEWEST ? { alias: 'pseries', 'is-default': true } : {}),
      'cpu-max': MAX_CPUS,
      'hotpluggable-cpus': version.hasCpuHotplug,
      'numa-mem-supported': version.numaMem,
      deprecated: false,
      'default-cpu-type': `${version.cpuModel}-powerpc64-cpu`,
      'default-ram-id': 'ppc_spapr.ram',
    },
    topology: {
      machine: name,
      minCpus: 1,
      maxCpus: MAX_CPUS,
      diesSupported: false,
      clustersSupported: false,
      preferSockets: version.prefersSockets,
    },
    board: BOARD,
    defaultRamSize: DEFAULT_RAM,
    checkMemory: (layout, nodes) => checkSpaprMemory(version.hasMemoryHotplug, layout, nodes),
  };
}

/** Every version with what is known of its machine before there is one, the newest first. */
export const SPAPR_MACHINE_VERSIONS = SPAPR_VERSIONS.map(version => ({ version, traits: traitsOf(version) }));

/** Machine types, the newest first. */
export const SPAPR_MACHINES: readonly MachineTraits[] = [
  ...SPAPR_MACHINE_VERSIONS.map(({ traits }) => traits),
  NONE,
];
