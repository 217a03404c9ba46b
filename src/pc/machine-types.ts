import { QmpError } from '../base/errors.ts';
import type { MemoryLayout } from '../machine/memory-size.ts';
import type { MachineTraits } from '../machine/traits.ts';
import { sampleMachine } from '../machine/types.ts';
import type { TypeInfo } from '../qom/type.ts';
import { PC_CLASS_PROPERTIES, PC_INSTANCE_PROPERTIES, X86_CLASS_PROPERTIES } from './machine-properties.ts';

const DEFAULT_RAM = 128n << 20n;
const DEFAULT_CPU = 'qemu64-x86_64-cpu';
const MAX_SLOTS = 256n;
const PAGE_SIZE = 4096n;

function checkMemory({ slots, maxSize }: MemoryLayout): void {
  if (slots > MAX_SLOTS) throw new QmpError(`unsupported amount of memory slots: ${slots}`);
  if (maxSize % PAGE_SIZE !== 0n)
    throw new QmpError(`maximum memory size must by aligned to multiple of ${PAGE_SIZE} bytes`);
}

function traits(name: string, alias: string, maxCpus: number, isDefault: boolean): MachineTraits {
  return {
    info: {
      name,
      alias,
      ...(isDefault ? { 'is-default': true } : {}),
      'cpu-max': maxCpus,
      'hotpluggable-cpus': true,
      'numa-mem-supported': false,
      deprecated: false,
      'default-cpu-type': DEFAULT_CPU,
      'default-ram-id': 'pc.ram',
    },
    topology: {
      machine: name,
      minCpus: 1,
      maxCpus,
      diesSupported: true,
      clustersSupported: false,
      preferSockets: false,
    },
    defaultRamSize: DEFAULT_RAM,
    checkMemory,
  };
}

export const PC_Q35 = traits('pc-q35-7.2', 'q35', 288, false);
export const PC_I440FX = traits('pc-i440fx-7.2', 'pc', 255, true);

/** Machine types in the order in which QEMU lists them. */
export const PC_MACHINES: readonly MachineTraits[] = [PC_Q35, PC_I440FX];

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
    create: sampleMachine,
  },
  ...PC_MACHINES.map(each => ({
    name: `${each.info.name}-machine`,
    parent: 'generic-pc-machine',
    class: { machine: each },
  })),
];
