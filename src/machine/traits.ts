import type { MachineInfo } from '../generated/types.ts';
import type { BoardTraits } from './board.ts';
import type { MemoryLayout } from './memory-size.ts';
import type { TopologyRules } from './topology.ts';

/** What distinguishes a machine type before it is built. */
export interface MachineTraits {
  /** Whether there is nothing on its board, and nothing can be. */
  readonly isEmpty?: true;
  /** As `query-machines` shows it. */
  readonly info: MachineInfo;
  readonly topology: TopologyRules;
  readonly board: BoardTraits;
  /** Bytes of memory where none is asked for. */
  readonly defaultRamSize: bigint;
  /** Whether it can have this memory. @param nodes bytes on each NUMA node, if there are such @throws QmpError */
  checkMemory(layout: MemoryLayout, nodes: readonly bigint[]): void;
}

/** The machine that a user means, by name or alias; without either, the default of its kind. */
export function findMachine(machines: readonly MachineTraits[], name = ''): MachineTraits | undefined {
  return machines.find(({ info }) =>
    name === '' ? info['is-default'] === true : info.name === name || info.alias === name,
  );
}

declare module '../qom/type.ts' {
  interface ClassData {
    /** For machine types that can be built. */
    readonly machine?: MachineTraits;
  }
}
