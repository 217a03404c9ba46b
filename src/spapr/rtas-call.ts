import type { SpaprMachine } from './machine.ts';

/** An RTAS service: 32-bit words in, words out, of which the first is the status. */
export interface RtasCall {
  /** How many words it takes. */
  readonly arguments: number | readonly number[];
  /** How many return words a caller may ask for. */
  readonly returns: readonly number[];
  /** The status for a caller with other numbers of words; that of a wrong parameter by default. */
  readonly otherCounts?: number;
  /** @returns the words it sets, at most as many as asked for */
  handle(machine: SpaprMachine, args: readonly number[], returns: number): readonly number[];
  /** The same for a caller whose arguments are in memory, where that makes a difference. */
  handleInMemory?(machine: SpaprMachine, args: readonly number[], returns: number): readonly number[];
}

/** Services by name. */
export type RtasCalls = Readonly<Record<string, RtasCall>>;
