import type { SpaprMachine } from './machine.ts';

/** Return codes (PAPR 2.7, 14.5.2). */
export const H_SUCCESS = 0n;
export const H_FUNCTION = -2n;
export const H_PARAMETER = -4n;

export interface HypercallResult {
  readonly ret: bigint;
  /** What the call returns in registers beyond its status. */
  readonly out: readonly bigint[];
}

/** A hypercall: arguments are the registers r4 and up, 64 bits unsigned, 0 where the guest set none. */
export interface Hypercall {
  readonly name: string;
  readonly opcode: number;
  handle(machine: SpaprMachine, args: readonly bigint[]): HypercallResult;
}
