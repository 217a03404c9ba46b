import { QmpError } from '../base/errors.ts';
import type { CpuInfoFast, CpuInstanceProperties, HotpluggableCPU } from '../generated/types.ts';

/** The processors of a machine, and the places where they are or could be. */
export interface Processors {
  /** As `query-cpus-fast` shows them, in the order in which they came. */
  readonly info: readonly CpuInfoFast[];
  /** Places, filled or not, the last first. @throws QmpError if processors cannot be plugged */
  readonly hotpluggable: readonly HotpluggableCPU[];
  /** Every place for a processor that can be plugged by itself, in order of their numbers. */
  readonly places: readonly CpuInstanceProperties[];
  /** Hardware threads in each of these places. */
  readonly threadsPerPlace: number;
  /** The NUMA node of a place that nobody has given one. */
  defaultNode(place: number, nodeCount: number): number;
}

/** What somebody is told who asks for places on a machine that has all its processors for good. */
export function noHotplug(): QmpError {
  return new QmpError("The feature 'query-hotpluggable-cpus' is not enabled");
}
