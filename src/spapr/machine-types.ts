import type { MachineTraits } from '../machine/traits.ts';
import { sampleMachine } from '../machine/types.ts';
import type { TypeInfo } from '../qom/type.ts';
import { CAPABILITY_PROPERTIES } from './capabilities.ts';
import { checkSpaprMemory } from './memory-rules.ts';
import { SPAPR_INSTANCE_PROPERTIES } from './properties.ts';

const MAX_CPUS = 4096;
const DEFAULT_RAM = 512n << 20n;
const NEWEST = 'pseries-7.2';

const traits: MachineTraits = {
  info: {
    name: NEWEST,
    alias: 'pseries',
    'is-default': true,
    'cpu-max': MAX_CPUS,
    'hotpluggable-cpus': true,
    'numa-mem-supported': false,
    deprecated: false,
    'default-cpu-type': 'power9_v2.0-powerpc64-cpu',
    'default-ram-id': 'ppc_spapr.ram',
  },
  topology: {
    machine: NEWEST,
    minCpus: 1,
    maxCpus: MAX_CPUS,
    diesSupported: false,
    clustersSupported: false,
    preferSockets: false,
  },
  defaultRamSize: DEFAULT_RAM,
  checkMemory: checkSpaprMemory,
};

/** Machine types, the newest first. */
export const SPAPR_MACHINES: readonly MachineTraits[] = [traits];

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
  ...SPAPR_MACHINES.map(each => ({
    name: `${each.info.name}-machine`,
    parent: 'spapr-machine',
    class: { machine: each },
  })),
];
