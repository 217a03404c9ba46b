import { H_FUNCTION, type Hypercall, type HypercallResult } from './hypercall.ts';
import type { SpaprMachine } from './machine.ts';
import { RANDOM_HYPERCALLS } from './random.ts';
import { TCE_HYPERCALLS } from './tce-hypercalls.ts';

const HYPERCALLS: readonly Hypercall[] = [...TCE_HYPERCALLS, ...RANDOM_HYPERCALLS];

const BY_OPCODE: ReadonlyMap<number, Hypercall> = new Map(HYPERCALLS.map(call => [call.opcode, call]));
const BY_NAME: ReadonlyMap<string, Hypercall> = new Map(HYPERCALLS.map(call => [call.name, call]));

/** The number of a hypercall that this machine implements. */
export function hypercallOpcode(name: string): number | undefined {
  return BY_NAME.get(name)?.opcode;
}

/** Does a hypercall; H_FUNCTION for one there is not. */
export function hypercall(machine: SpaprMachine, opcode: number, args: readonly bigint[]): HypercallResult {
  const call = BY_OPCODE.get(opcode);
  return call === undefined ? { ret: H_FUNCTION, out: [] } : call.handle(machine, args);
}
