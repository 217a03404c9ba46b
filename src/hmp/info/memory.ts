import type { CpuInstanceProperties } from '../../generated/types.ts';
import { command } from '../command.ts';

/** In the order in which they are shown. */
const PLACE_MEMBERS = [
  'node-id',
  'socket-id',
  'die-id',
  'cluster-id',
  'core-id',
  'thread-id',
] as const satisfies readonly (keyof CpuInstanceProperties)[];

/** What of memory and processors there is, where it belongs, and what could come. */
export const MEMORY_INFO = [
  command({
    name: 'memory-devices',
    help: 'show memory devices',
    run: async ({ execute, print }) => {
      for (const { type, data } of await execute('query-memory-devices')) {
        if (type !== 'dimm' && type !== 'nvdimm') continue;
        print(`Memory device [${type}]: "${data.id ?? ''}"\n`);
        print(`  addr: 0x${data.addr.toString(16)}\n  slot: ${data.slot}\n  node: ${data.node}\n`);
        print(`  size: ${data.size}\n  memdev: ${data.memdev}\n`);
        print(`  hotplugged: ${data.hotplugged}\n  hotpluggable: ${data.hotpluggable}\n`);
      }
    },
  }),
  command({
    name: 'memory_size_summary',
    help: 'show the amount of initially allocated and present hotpluggable (if enabled) memory in bytes.',
    run: async ({ execute, print }) => {
      const summary = await execute('query-memory-size-summary');
      print(`base memory: ${summary['base-memory']}\n`);
      const plugged = summary['plugged-memory'];
      if (plugged !== undefined) print(`plugged memory: ${plugged}\n`);
    },
  }),
  command({
    name: 'memdev',
    help: 'show memory backends',
    run: async ({ execute, print }) => {
      for (const backend of await execute('query-memdev')) {
        const { id, size, merge, dump, prealloc, share, reserve, policy } = backend;
        if (id !== undefined) print(`memory backend: ${id}\n`);
        print(`  size:  ${size}\n  merge: ${merge}\n  dump: ${dump}\n  prealloc: ${prealloc}\n`);
        print(`  share: ${share}\n`);
        if (reserve !== undefined) print(`  reserve: ${reserve}\n`);
        print(`  policy: ${policy}\n  host nodes: ${ranges(backend['host-nodes'])}\n`);
      }
      print('\n');
    },
  }),
  command({
    name: 'hotpluggable-cpus',
    help: 'Show information about hotpluggable CPUs',
    run: async ({ execute, print }) => {
      const places = await execute('query-hotpluggable-cpus');
      print('Hotpluggable CPUs:\n');
      for (const { type, 'vcpus-count': count, 'qom-path': path, props } of places) {
        print(`  type: "${type}"\n  vcpus_count: "${count}"\n`);
        if (path !== undefined) print(`  qom_path: "${path}"\n`);
        print('  CPUInstance Properties:\n');
        for (const member of PLACE_MEMBERS)
          if (props[member] !== undefined) print(`    ${member}: "${props[member]}"\n`);
      }
    },
  }),
] as const;

/** Numbers as QEMU lists them: `0-2,4`. */
function ranges(numbers: readonly (number | bigint)[]): string {
  const parts: { first: number; last: number }[] = [];
  for (const number of numbers.map(Number)) {
    const current = parts.at(-1);
    if (current !== undefined && current.last + 1 === number) current.last = number;
    else parts.push({ first: number, last: number });
  }
  return parts.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
