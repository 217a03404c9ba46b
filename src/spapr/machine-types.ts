import { noneType, sampleMachine } from '../machine/types.ts';
import type { TypeInfo } from '../qom/type.ts';
import { CAPABILITY_PROPERTIES } from './capabilities.ts';
import { SPAPR_MACHINE_VERSIONS } from './machines.ts';
import { NVDIMM, SPAPR_INSTANCE_PROPERTIES } from './properties.ts';
import { NEWEST, type SpaprVersion } from './versions.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    /** Of pseries machines: how those of this version are made. */
    readonly spapr?: SpaprVersion;
  }
}

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
  ...SPAPR_MACHINE_VERSIONS.map(({ version, traits }) => ({
    name: `${traits.info.name}-machine`,
    parent: 'spapr-machine',
    instanceProperties: version.hasNvdimm ? [NVDIMM.enabled, NVDIMM.persistence] : [],
    class: { machine: traits, spapr: version },
  })),
  noneType({ spapr: NEWEST }),
];
