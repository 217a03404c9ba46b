import type { NumaOptions } from '../generated/types.ts';
import type { NumaOption } from '../machine/numa.ts';

/** What a client says of memory and processors by distance, as the machine takes it. */
export function numaOption(options: NumaOptions): NumaOption {
  switch (options.type) {
    case 'node':
      return {
        kind: 'node',
        nodeId: optionalNumber(options.nodeid),
        cpus: (options.cpus ?? []).map(Number),
        memdev: options.memdev,
        mem: options.mem === undefined ? undefined : BigInt(options.mem),
        initiator: optionalNumber(options.initiator),
      };
    case 'dist':
      return {
        kind: 'dist',
        source: Number(options.src),
        destination: Number(options.dst),
        value: Number(options.val),
      };
    case 'cpu': {
      const { type: _, ...place } = options;
      return { kind: 'cpu', place };
    }
    case 'hmat-lb':
    case 'hmat-cache':
      return { kind: 'hmat' };
  }
}

function optionalNumber(value: number | bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
