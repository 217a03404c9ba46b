import { QmpError } from '../base/errors.ts';
import type { CpuInstanceProperties } from '../generated/types.ts';
import { findBackend } from '../objects/machine-ram.ts';
import type { MemoryBackend } from '../objects/memory-backend.ts';
import type { Machine } from './machine.ts';
import { NumaDistances } from './numa-distances.ts';
import { memory, memoryBackend, smp } from './properties.ts';

/** Nodes are numbered below this. */
const MAX_NODES = 128;

const HMAT_DISABLED =
  'ACPI Heterogeneous Memory Attribute Table (HMAT) is disabled, enable it with -machine hmat=on before using ' +
  'any of hmat specific options';

/** One thing that a user says of memory and processors by distance. */
export type NumaOption =
  | {
      readonly kind: 'node';
      /** The next number by default. */
      readonly nodeId?: number | undefined;
      /** Indexes of the processors on the node. */
      readonly cpus: readonly number[];
      readonly memdev?: string | undefined;
      /** Bytes; only old machine types accept it. */
      readonly mem?: bigint | undefined;
      /** The node whose processors are nearest to this one's memory. */
      readonly initiator?: number | undefined;
    }
  | {
      readonly kind: 'dist';
      readonly source: number;
      readonly destination: number;
      readonly value: number;
    }
  /** Processors, by where they are, and their `node-id`. */
  | { readonly kind: 'cpu'; readonly place: CpuInstanceProperties }
  /** Latencies, bandwidths and caches. */
  | { readonly kind: 'hmat' };

interface NumaNode {
  /** Bytes. */
  readonly size: bigint;
  readonly backend: MemoryBackend | undefined;
  initiator: number | undefined;
  hasProcessor: boolean;
}

/** Takes what QEMU prints of an option that it takes all the same. */
export type NumaReport = (severity: 'warning' | 'error', message: string) => void;

/** A machine's memory and processors by distance. */
export class Numa {
  /** By number; gaps must be filled by the time that the machine is built. */
  readonly #nodes = new Map<number, NumaNode>();
  /** Nodes of places for processors, as far as they have one. */
  readonly #assigned = new Map<number, number>();
  readonly #distances = new NumaDistances();
  /** Whether the user has given nodes memory without a backend. */
  #hasSizes = false;

  constructor(private readonly machine: Machine) {}

  get nodeCount(): number {
    return this.#nodes.size;
  }

  /** Bytes of memory on each node at start. */
  get sizes(): readonly bigint[] {
    return this.#inOrder.map(([, { size }]) => size);
  }

  /** Backends of nodes that have one, by number of the node; none where memory is not told apart. */
  get backends(): readonly MemoryBackend[] {
    return this.#inOrder.flatMap(([, { backend }]) => (backend === undefined ? [] : [backend]));
  }

  /** A place for processors with its node, if it has one. */
  place(number: number): CpuInstanceProperties {
    const node = this.#assigned.get(number);
    const place = this.machine.processors.places[number];
    return { ...place, ...(node === undefined ? {} : { 'node-id': node }) };
  }

  nodeOf(place: number): number | undefined {
    return this.#assigned.get(place);
  }

  /**
   * Takes note of what a user says.
   * @param report takes what QEMU prints of it, going on
   * @throws QmpError with the text that QEMU 7.2 gives; nothing has changed then
   */
  apply(option: NumaOption, report: NumaReport = this.#report): void {
    if (this.machine.isEmpty) throw new QmpError('NUMA is not supported by this machine-type');
    switch (option.kind) {
      case 'node':
        this.#addNode(option, report);
        return;
      case 'dist':
        this.#setDistance(option);
        return;
      case 'cpu':
        this.#assignProcessors(option.place);
        return;
      case 'hmat':
        throw new QmpError(this.#isHmatOn ? 'memory latencies and caches are not simulated' : HMAT_DISABLED);
    }
  }

  readonly #report: NumaReport = (severity, message) =>
    this.machine.environment.report(severity === 'warning' ? `warning: ${message}` : message);

  #addNode(option: NumaOption & { readonly kind: 'node' }, report: NumaReport): void {
    const { nodeId, cpus, initiator } = option;
    const { maxCpus } = this.machine.value(smp);
    const id = nodeId ?? this.#nodes.size;
    if (id >= MAX_NODES) throw new QmpError(`Max number of NUMA nodes reached: ${id}`);
    if (this.#nodes.has(id)) throw new QmpError(`Duplicate NUMA nodeid: ${id}`);
    if (initiator !== undefined && !this.#isHmatOn) throw new QmpError(HMAT_DISABLED);
    if (initiator !== undefined && initiator >= MAX_NODES) {
      // QEMU 7.2 goes on without the node.
      report('error', `The initiator id ${initiator} expects an integer between 0 and ${MAX_NODES - 1}`);
      return;
    }
    for (const cpu of cpus) {
      if (cpu >= maxCpus)
        throw new QmpError(`CPU index (${cpu}) should be smaller than maxcpus (${maxCpus})`);
      this.#checkFree(this.#placeOf(cpu), id);
    }
    const { size, backend } = this.#memoryOf(option);
    if (option.mem !== undefined)
      report('warning', 'Parameter -numa node,mem is deprecated, use -numa node,memdev instead');
    this.#hasSizes ||= option.mem !== undefined;
    this.#nodes.set(id, { size, backend, initiator, hasProcessor: false });
    for (const cpu of cpus) this.#assign(this.#placeOf(cpu), id);
  }

  #memoryOf({ memdev, mem }: NumaOption & { readonly kind: 'node' }) {
    const hasBackends = memdev !== undefined || this.backends.length > 0;
    if (hasBackends && (mem !== undefined || this.#hasSizes)) {
      throw new QmpError('numa configuration should use either mem= or memdev=,mixing both is not allowed');
    }
    if (mem !== undefined && this.machine.type.class.machine?.info['numa-mem-supported'] !== true) {
      throw new QmpError(
        'Parameter -numa node,mem is not supported by this machine type',
        'GenericError',
        'Use -numa node,memdev instead',
      );
    }
    if (memdev === undefined) return { size: mem ?? 0n, backend: undefined };
    const backend = findBackend(this.machine.system, memdev);
    if (backend === undefined) throw new QmpError(`memdev=${memdev} is ambiguous`);
    return { size: backend.size, backend };
  }

  #setDistance({ source, destination, value }: NumaOption & { readonly kind: 'dist' }): void {
    const wrong = source >= MAX_NODES ? 'src' : destination >= MAX_NODES ? 'dst' : undefined;
    if (wrong !== undefined)
      throw new QmpError(`Parameter '${wrong}' expects an integer between 0 and ${MAX_NODES - 1}`);
    if (!this.#nodes.has(source) || !this.#nodes.has(destination)) {
      throw new QmpError(
        "Source/Destination NUMA node is missing. Please use '-numa node' option to declare it first.",
      );
    }
    this.#distances.set(source, destination, value);
  }

  #assignProcessors(wanted: CpuInstanceProperties): void {
    const node = wanted['node-id'];
    if (node === undefined) throw new QmpError('Missing mandatory node-id property');
    if (!this.#nodes.has(Number(node))) {
      throw new QmpError(
        `Invalid node-id=${node}, NUMA node must be defined with -numa node,nodeid=ID before it's used with ` +
          '-numa cpu,node-id=ID',
      );
    }
    const places = this.#matching(wanted);
    for (const place of places) this.#checkFree(place, Number(node));
    for (const place of places) this.#assign(place, Number(node));
  }

  /** Numbers of the places that are as the user says. @throws QmpError */
  #matching(wanted: CpuInstanceProperties): readonly number[] {
    const { places } = this.machine.processors;
    const levels = LEVELS.filter(level => wanted[level] !== undefined);
    const unknown = levels.find(level => places[0]?.[level] === undefined);
    if (unknown !== undefined) throw new QmpError(`${unknown} is not supported`);
    const found = places.flatMap((place, number) =>
      levels.every(level => Number(place[level]) === Number(wanted[level])) ? [number] : [],
    );
    if (found.length === 0) throw new QmpError('no match found');
    return found;
  }

  #checkFree(place: number, node: number): void {
    const other = this.#assigned.get(place);
    if (other !== undefined && other !== node)
      throw new QmpError(`CPU is already assigned to node-id: ${other}`);
    const initiator = this.#nodes.get(node)?.initiator;
    if (this.#isHmatOn && initiator !== undefined && initiator !== node) {
      throw new QmpError(`The initiator of CPU NUMA node ${node} should be itself (got ${initiator})`);
    }
  }

  #assign(place: number, id: number): void {
    this.#assigned.set(place, id);
    const node = this.#nodes.get(id);
    if (node === undefined || !this.#isHmatOn) return;
    node.hasProcessor = true;
    node.initiator = id;
  }

  /**
   * Checks that all adds up, and fills in what was left open, when the machine is about to be built.
   * @throws QmpError with the text that QEMU 7.2 gives
   */
  complete(): void {
    const ramSize = this.machine.value(memory).size;
    if (this.#nodes.size === 0 && this.machine.hasNode) {
      this.#nodes.set(0, { size: ramSize, backend: undefined, initiator: undefined, hasProcessor: false });
    }
    const highest = Math.max(-1, ...this.#nodes.keys());
    for (let id = highest; id >= 0; id--)
      if (!this.#nodes.has(id)) throw new QmpError(`numa: Node ID missing: ${id}`);
    if (this.#nodes.size === 0) return;
    const total = this.#inOrder.reduce((sum, [, { size }]) => sum + size, 0n);
    if (total !== ramSize) {
      throw new QmpError(
        `total memory for NUMA nodes (0x${total.toString(16)}) should equal RAM size (0x${ramSize.toString(16)})`,
      );
    }
    if (this.backends.length > 0 && this.machine.isSet(memoryBackend)) {
      throw new QmpError("'-machine memory-backend' and '-numa memdev' properties are mutually exclusive");
    }
    this.#distances.check(this.#nodes.size);
    this.#assignTheRest();
    if (this.#isHmatOn) this.#checkInitiators();
  }

  /** Processors of which nobody has spoken: as the machine has it if that is all of them, else on node 0. */
  #assignTheRest(): void {
    const { processors } = this.machine;
    const isDefault = this.#assigned.size === 0;
    const forgotten: string[] = [];
    for (const [number, place] of processors.places.entries()) {
      if (this.#assigned.has(number)) continue;
      if (!isDefault) forgotten.push(`CPU ${number} [${describe(place)}]`);
      const node = isDefault ? processors.defaultNode(number, this.#nodes.size) : 0;
      this.#checkFree(number, node);
      this.#assign(number, node);
    }
    if (forgotten.length === 0) return;
    this.#report('warning', `CPU(s) not present in any NUMA nodes: ${forgotten.join(', ')}`);
    this.#report(
      'warning',
      'All CPU(s) up to maxcpus should be described in NUMA config, ability to start up with partial ' +
        'NUMA mappings is obsoleted and will be removed in future',
    );
  }

  #checkInitiators(): void {
    for (const [id, { initiator }] of this.#inOrder) {
      if (initiator === undefined) continue;
      const other = this.#nodes.get(initiator);
      if (other === undefined) {
        throw new QmpError(`NUMA node ${initiator} is missing, use '-numa node' option to declare it first`);
      }
      if (!other.hasProcessor) throw new QmpError(`The initiator of NUMA node ${id} is invalid`);
    }
  }

  /** Number of the place that holds a hardware thread. */
  #placeOf(cpuIndex: number): number {
    return Math.floor(cpuIndex / this.machine.processors.threadsPerPlace);
  }

  get #isHmatOn(): boolean {
    return this.machine.getProperty('hmat') === true;
  }

  get #inOrder(): readonly (readonly [id: number, node: NumaNode])[] {
    return [...this.#nodes].sort(([a], [b]) => a - b);
  }
}

/** What a place is described by, in the order in which QEMU looks at it. */
const LEVELS = ['thread-id', 'core-id', 'cluster-id', 'socket-id', 'die-id'] as const;
/** From the largest to the smallest. */
const SHOWN_LEVELS = ['socket-id', 'die-id', 'cluster-id', 'core-id', 'thread-id'] as const;

/** `socket-id: 0, core-id: 1, thread-id: 0` */
function describe(place: CpuInstanceProperties): string {
  return SHOWN_LEVELS.flatMap(level =>
    place[level] === undefined ? [] : [`${level}: ${place[level]}`],
  ).join(', ');
}
