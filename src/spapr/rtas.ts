import type { WordsInMemory } from '../guest/platform.ts';
import { RTAS_PARAMETER_ERROR } from './dr-connector.ts';
import { readWords, writeWords } from './guest-words.ts';
import type { SpaprMachine } from './machine.ts';
import type { RtasCall } from './rtas-call.ts';
import { CONNECTOR_CALLS } from './rtas-connectors.ts';
import { DDW_CALLS } from './rtas-ddw.ts';
import { EEH_CALLS } from './rtas-eeh.ts';
import { POWER_CALLS } from './rtas-power.ts';

/** Every service there is, by name. */
const CALLS: ReadonlyMap<string, RtasCall> = new Map(
  [CONNECTOR_CALLS, DDW_CALLS, EEH_CALLS, POWER_CALLS].flatMap(calls => Object.entries(calls)),
);

const PARAMETER_ERROR: readonly number[] = [RTAS_PARAMETER_ERROR];

/**
 * Does an RTAS call.
 * @param args 32-bit words
 * @param returns how many return words the caller has room for
 * @returns that many words: the status signed, the others unsigned, 0 where not set; undefined if there is no
 *   such service
 */
export function rtasCall(
  machine: SpaprMachine,
  name: string,
  args: readonly number[],
  returns: number,
): readonly number[] | undefined {
  const call = CALLS.get(name);
  if (call === undefined) return undefined;
  const fits = args.length === call.arguments && call.returns.includes(returns);
  const words = fits ? call.handle(machine, args, returns) : PARAMETER_ERROR;
  return Array.from({ length: returns }, (_, index) =>
    index === 0 ? (words[0] ?? 0) : (words[index] ?? 0) >>> 0,
  );
}

/**
 * Does an RTAS call with arguments and return words in the guest's memory, where words that the service does not set
 * stay as they are.
 * @returns false if there is no such service
 */
export function rtasInMemory(
  machine: SpaprMachine,
  name: string,
  args: WordsInMemory,
  returns: WordsInMemory,
): boolean {
  const call = CALLS.get(name);
  if (call === undefined) return false;
  const count = Number(returns.count);
  const fits = args.count === BigInt(call.arguments) && call.returns.includes(count);
  const handle = call.handleInMemory ?? call.handle;
  const words = fits
    ? handle(machine, readWords(machine, args.address, call.arguments), count)
    : PARAMETER_ERROR;
  if (count > 0) writeWords(machine, returns.address, words.slice(0, count));
  return true;
}
