import { QmpError } from '../base/errors.ts';
import type { Machine } from '../machine/machine.ts';
import { memory, memoryBackend } from '../machine/properties.ts';
import { MemoryRegion } from '../memory/region.ts';
import type { System } from '../qdev/system.ts';
import { resolveLink } from '../qom/path.ts';
import { JsonVisitor } from '../qom/visitor.ts';
import { MemoryBackend } from './memory-backend.ts';

/** A machine's memory at start. */
export interface MachineRam {
  readonly region: MemoryRegion;
  /** What it comes from, piece by piece. */
  readonly pieces: readonly RamPiece[];
}

export interface RamPiece {
  /** In the machine's memory, bytes. */
  readonly offset: bigint;
  readonly backend: MemoryBackend;
}

/** The backend that a path names, which may be the end of one; undefined unless it fits exactly one. */
export function findBackend(system: System, path: string): MemoryBackend | undefined {
  try {
    const found = resolveLink(system, memoryBackend.name, path, 'memory-backend');
    return found instanceof MemoryBackend ? found : undefined;
  } catch (error) {
    if (error instanceof QmpError) return undefined;
    throw error;
  }
}

/**
 * Has the machine's memory come from the user's backend, which decides how much there is unless that is said, too.
 * @throws QmpError
 */
export function useBackend(machine: Machine, path: string): void {
  const backend = findBackend(machine.system, path);
  if (backend === undefined) throw new QmpError(`Memory backend '${path}' not found`);
  machine.setValue(memoryBackend, backend);
  if (machine.config.isMemoryGiven) return;
  const { size } = backend;
  const layout = machine.value(memory);
  const hasRoom = layout.maxSize > size;
  machine.setValue(memory, { ...layout, size, ...(hasRoom ? {} : { maxSize: size }) });
}

/** @throws QmpError if the user's backend is not what the machine needs */
export function checkBackendSize(machine: Machine): void {
  const backend = machine.value(memoryBackend);
  if (backend instanceof MemoryBackend && backend.size !== machine.value(memory).size)
    throw new QmpError('Machine memory size does not match the size of the memory backend');
}

/**
 * What a machine's memory comes from: backends of its NUMA nodes, the backend that the user has named, else one
 * of its own.
 * @param id of its own one, and of what holds the nodes' ones together
 * @throws QmpError
 */
export function machineRam(machine: Machine, id: string): MachineRam {
  const { backends } = machine.numa;
  if (backends.length > 0) return joinBackends(machine, id, backends);
  const backend = machine.value(memoryBackend) ?? makeBackend(machine, id);
  if (!(backend instanceof MemoryBackend)) throw new QmpError(`${backend.path} is not a memory backend`);
  consume(machine, backend);
  return { region: backend.region, pieces: [{ offset: 0n, backend }] };
}

function joinBackends(machine: Machine, id: string, backends: readonly MemoryBackend[]): MachineRam {
  const region = new MemoryRegion(machine, id, machine.value(memory).size);
  let offset = 0n;
  const pieces = backends.map(backend => {
    consume(machine, backend);
    const piece = { offset, backend };
    region.addSubregion(offset, backend.region);
    offset += backend.size;
    return piece;
  });
  return { region, pieces };
}

function consume(machine: Machine, backend: MemoryBackend): void {
  if (backend.inUse) throw new QmpError(`memory backend ${backend.name} can't be used multiple times.`);
  backend.user = machine;
}

function makeBackend(machine: Machine, id: string): MemoryBackend {
  const backend = new MemoryBackend(machine.type.registry.require('memory-backend-ram'));
  backend.setProperty('size', new JsonVisitor(machine.value(memory).size));
  machine.system.objects.addChild(id, backend);
  backend.complete(machine.system);
  machine.setValue(memoryBackend, backend);
  return backend;
}

/**
 * Tells the host where the process has the machine's memory.
 * @param at address of the guest at which `size` bytes of it, from `offset` on, are seen
 */
export function placeRam(
  machine: Machine,
  { pieces }: MachineRam,
  offset: bigint,
  size: bigint,
  at: bigint,
): void {
  for (const { offset: start, backend } of pieces) {
    const first = start > offset ? start : offset;
    const end = min(start + backend.size, offset + size);
    if (first < end) machine.process.addMemory(at + first - offset, end - first, backend.pageSize);
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
