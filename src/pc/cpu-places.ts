import type { CpuInstanceProperties } from '../generated/types.ts';
import type { Topology } from '../machine/topology.ts';

/** Where a processor is, level by level. */
export interface CpuPlace {
  readonly socket: number;
  readonly die: number;
  readonly core: number;
  readonly thread: number;
}

/** From the lowest level up. */
const LEVELS = ['thread', 'core', 'die'] as const;

/** The place of this number, threads counting fastest. */
export function placeOf(index: number, { dies, cores, threads }: Topology): CpuPlace {
  return {
    socket: Math.floor(index / (threads * cores * dies)),
    die: Math.floor(index / (threads * cores)) % dies,
    core: Math.floor(index / threads) % cores,
    thread: index % threads,
  };
}

/** The number of a place; undefined where the machine has no such one. */
export function indexOf(place: CpuPlace, { dies, cores, threads, maxCpus }: Topology): number | undefined {
  const { socket, die, core, thread } = place;
  if (die >= dies || core >= cores || thread >= threads) return undefined;
  const index = ((socket * dies + die) * cores + core) * threads + thread;
  return index < maxCpus ? index : undefined;
}

/** The local APIC's id: each level has as many bits as its numbers need (Intel SDM 3A, 9.9.1). */
export function apicIdOf({ socket, ...place }: CpuPlace, topology: Topology): number {
  let id = 0;
  let shift = 0;
  for (const level of LEVELS) {
    id += place[level] * 2 ** shift;
    shift += width(level, topology);
  }
  return id + socket * 2 ** shift;
}

/** The place that an id stands for, whether or not the machine has it. */
export function placeOfApicId(id: number, topology: Topology): CpuPlace {
  const place = { thread: 0, core: 0, die: 0 };
  let rest = id;
  for (const level of LEVELS) {
    const numbers = 2 ** width(level, topology);
    place[level] = rest % numbers;
    rest = Math.floor(rest / numbers);
  }
  return { ...place, socket: rest };
}

function width(level: (typeof LEVELS)[number], { dies, cores, threads }: Topology): number {
  return Math.ceil(Math.log2({ thread: threads, core: cores, die: dies }[level]));
}

/** A place as QMP shows it. */
export function describePlace(
  { socket, die, core, thread }: CpuPlace,
  { dies }: Topology,
): CpuInstanceProperties {
  return {
    'socket-id': socket,
    ...(dies > 1 ? { 'die-id': die } : {}),
    'core-id': core,
    'thread-id': thread,
  };
}
