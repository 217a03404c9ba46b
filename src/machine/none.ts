import type { MachineTraits } from './traits.ts';

/** A machine without anything, which clients start to ask what the program has. */
export const NONE: MachineTraits = {
  isEmpty: true,
  info: {
    name: 'none',
    'cpu-max': 1,
    'hotpluggable-cpus': false,
    'numa-mem-supported': false,
    deprecated: false,
    'default-ram-id': 'ram',
  },
  topology: {
    machine: 'none',
    minCpus: 1,
    maxCpus: 1,
    diesSupported: false,
    clustersSupported: false,
    preferSockets: false,
  },
  board: { parts: ['monitor', 'network'], display: 'none', driveInterface: 'none', idePerBus: 2 },
  defaultRamSize: 0n,
  checkMemory() {},
};
