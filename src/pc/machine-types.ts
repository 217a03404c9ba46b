import { noneType, sampleMachine } from '../machine/types.ts';
import type { TypeInfo } from '../qom/type.ts';
import { addFlash } from './flash.ts';
import { PC_CLASS_PROPERTIES, PC_INSTANCE_PROPERTIES, X86_CLASS_PROPERTIES } from './machine-properties.ts';
import { PC_MACHINE_VERSIONS } from './machines.ts';
import { NEWEST, type PcVersion } from './versions.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    /** Of PCs: how those of this version are made. */
    readonly pc?: PcVersion;
  }
}

export const PC_MACHINE_TYPES: readonly TypeInfo[] = [
  {
    name: 'x86-machine',
    parent: 'machine',
    abstract: true,
    interfaces: ['nmi'],
    properties: X86_CLASS_PROPERTIES,
  },
  {
    name: 'generic-pc-machine',
    parent: 'x86-machine',
    abstract: true,
    interfaces: ['hotplug-handler'],
    properties: PC_CLASS_PROPERTIES,
    instanceProperties: PC_INSTANCE_PROPERTIES,
    create: type => {
      const sample = sampleMachine(type);
      addFlash(sample);
      return sample;
    },
  },
  ...PC_MACHINE_VERSIONS.map(({ version, traits }) => ({
    name: `${traits.info.name}-machine`,
    parent: 'generic-pc-machine',
    class: { machine: traits, pc: version },
  })),
  noneType({ pc: NEWEST }),
];
