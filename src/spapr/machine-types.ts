import type { MachineTraits } from '../machine/traits.ts';
import { sampleMachine } from '../machine/types.ts';
import type { TypeInfo } from '../qom/type.ts';
import { CAPABILITY_PROPERTIES } from './capabilities.ts';
import { checkSpaprMemory } from './memory-rules.ts';
import { NVDIMM_PROPERTIES, SPAPR_INSTANCE_PROPERTIES } from './properties.ts';
import { SPAPR_VERSIONS, type SpaprVersion } from './versions.ts';

const MAX_CPUS = 4096;
const DEFAULT_RAM = 512n << 20n;

declare module '../qom/type.ts' {
  interface ClassData {
    /** Of pseries machines: how those of this version are made. */
    readonly spapr?: SpaprVersion;
  }
}

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
    defaultRamSize: DEFAULT_RAM,
    checkMemory: (layout, nodes) => checkSpaprMemory(version.hasMemoryHotplug, layout, nodes),
  };
}

const MACHINES = SPAPR_VERSIONS.map(version => ({ version, traits: traitsOf(version) }));

/** Machine types, the newest first. */
export const SPAPR_MACHINES: readonly MachineTraits[] = MACHINES.map(({ traits }) => traits);

export const SPAPR_MACHINE_TYPES: readonly TypeInfo[] = [
  {
    name: 'spapr-machine',
    parent: 'machine',
    abstract: true,
    interfaces: [
      'fw-path-provider',
      'hotplug-handler',
      'intctrl',
      'nmi',
      'ppc-virtual-hypervisor',
      'vof-machine-if',
      'xics-fabric',
      'xive-fabric',
    ],
    properties: CAPABILITY_PROPERTIES,
    instanceProperties: SPAPR_INSTANCE_PROPERTIES,
    create: sampleMachine,
  },
  ...MACHINES.map(({ version, traits }) => ({
    name: `${traits.info.name}-machine`,
    parent: 'spapr-machine',
    instanceProperties: version.hasNvdimm ? NVDIMM_PROPERTIES : [],
    class: { machine: traits, spapr: version },
  })),
];
