import { QmpError } from '../base/errors.ts';

/** Numbers of processors as a user gave them; `resolveTopology` fills in the others. */
export type SmpRequest = Readonly<Partial<Record<SmpParameter, number>>>;
export type SmpParameter = 'cpus' | 'sockets' | 'dies' | 'clusters' | 'cores' | 'threads' | 'maxcpus';

/** Processors, from the whole machine down to hardware threads. */
export interface Topology {
  /** Present at start. */
  readonly cpus: number;
  /** Present at most. */
  readonly maxCpus: number;
  readonly sockets: number;
  readonly dies: number;
  readonly clusters: number;
  readonly cores: number;
  readonly threads: number;
}

/** What a machine type allows. */
export interface TopologyRules {
  /** The machine type's full name, as messages show it. */
  readonly machine: string;
  readonly minCpus: number;
  readonly maxCpus: number;
  readonly diesSupported: boolean;
  readonly clustersSupported: boolean;
  /** What is left over becomes sockets (machine types before 6.2) rather than cores. */
  readonly preferSockets: boolean;
}

/**
 * Completes what `-smp` says: the first level that is missing, in the machine's order of preference, takes the
 * processors that the given levels leave, the others are 1.
 *
 * @throws QmpError where the numbers contradict each other or the machine
 */
export function resolveTopology(
  request: SmpRequest,
  rules: TopologyRules,
  warn: (message: string) => void,
): Topology {
  const topology = completeTopology(request, rules, warn);
  checkTopology(topology, rules);
  return topology;
}

/** The first half of `resolveTopology`: the numbers, right or wrong. @throws QmpError for levels the machine lacks */
export function completeTopology(
  request: SmpRequest,
  rules: TopologyRules,
  warn: (message: string) => void,
): Topology {
  if (Object.values(request).includes(0)) {
    warn('Deprecated CPU topology (considered invalid): CPU topology parameters must be greater than zero');
  }
  // The numbers are unsigned 32-bit ones, and 0 is the same as not given.
  const given = (name: keyof SmpRequest) => (request[name] ?? 0) >>> 0 || undefined;
  const dies = given('dies') ?? 1;
  const clusters = given('clusters') ?? 1;
  if (dies > 1 && !rules.diesSupported) {
    throw new QmpError("dies not supported by this machine's CPU topology");
  }
  if (clusters > 1 && !rules.clustersSupported) {
    throw new QmpError("clusters not supported by this machine's CPU topology");
  }

  const levels = { sockets: given('sockets'), cores: given('cores'), threads: given('threads') };
  const wanted = given('maxcpus') ?? given('cpus');
  const order = rules.preferSockets
    ? (['sockets', 'cores', 'threads'] as const)
    : (['cores', 'sockets', 'threads'] as const);
  const filled = order.find(name => levels[name] === undefined);
  if (wanted !== undefined && filled !== undefined) {
    const { sockets = 1, cores = 1, threads = 1 } = levels;
    levels[filled] = Math.floor(wanted / (sockets * dies * clusters * cores * threads));
  }
  const { sockets = 1, cores = 1, threads = 1 } = levels;

  const maxCpus = wanted ?? product({ sockets, dies, clusters, cores, threads });
  return { cpus: given('cpus') ?? maxCpus, maxCpus, sockets, dies, clusters, cores, threads };
}

function product(levels: Omit<Topology, 'cpus' | 'maxCpus'>): number {
  return levels.sockets * levels.dies * levels.clusters * levels.cores * levels.threads;
}

/** The second half of `resolveTopology`. */
export function checkTopology(topology: Topology, rules: TopologyRules): void {
  const { cpus, maxCpus } = topology;
  const total = product(topology);
  if (total !== maxCpus) {
    throw new QmpError(
      `Invalid CPU topology: product of the hierarchy must match maxcpus: ${hierarchy(topology, rules)} != maxcpus (${maxCpus})`,
    );
  }
  if (maxCpus < cpus) {
    throw new QmpError(
      `Invalid CPU topology: maxcpus must be equal to or greater than smp: ${hierarchy(topology, rules)} == maxcpus (${maxCpus}) < smp_cpus (${cpus})`,
    );
  }
  if (cpus < rules.minCpus) {
    throw new QmpError(
      `Invalid SMP CPUs ${cpus}. The min CPUs supported by machine '${rules.machine}' is ${rules.minCpus}`,
    );
  }
  if (maxCpus > rules.maxCpus) {
    // Shown as a signed number.
    throw new QmpError(
      `Invalid SMP CPUs ${maxCpus | 0}. The max CPUs supported by machine '${rules.machine}' is ${rules.maxCpus}`,
    );
  }
}

function hierarchy(topology: Topology, rules: TopologyRules): string {
  const levels = [`sockets (${topology.sockets})`];
  if (rules.diesSupported) levels.push(`dies (${topology.dies})`);
  if (rules.clustersSupported) levels.push(`clusters (${topology.clusters})`);
  levels.push(`cores (${topology.cores})`, `threads (${topology.threads})`);
  return levels.join(' * ');
}
