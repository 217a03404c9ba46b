import type { WordsInMemory } from '../guest/platform.ts';
import { RTAS_PARAMETER_ERROR } from './dr-connector.ts';
import { readWords, writeWords } from './guest-words.ts';
import type { SpaprMachine } from './machine.ts';
import type { RtasCall } from './rtas-call.ts';
import { CONNECTOR_CALLS } from './rtas-connectors.ts';
import { DDW_CALLS } from './rtas-ddw.ts';
import { EEH_CALLS } from './rtas-eeh.ts';
import { EVENT_CALLS } from './rtas-events.ts';
import { PCI_CALLS } from './rtas-pci.ts';
import { POWER_CALLS } from './rtas-power.ts';
import { SYSTEM_CALLS } from './rtas-system.ts';

/** Every service there is, by name. */
const CALLS: ReadonlyMap<string, RtasCall> = new Map(
  [CONNECTOR_CALLS, DDW_CALLS, EEH_CALLS, EVENT_CALLS, PCI_CALLS, POWER_CALLS, SYSTEM_CALLS].flatMap(calls =>
    Object.entries(calls),
  ),
);

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
  const words = fits(call, args.length, returns) ? call.handle(machine, args, returns) : refusal(call);
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
  const handle = call.handleInMemory ?? call.handle;
  const [given, room] = [Number(args.count), Number(returns.count)];
  const words = fits(call, given, room)
    ? handle(machine, readWords(machine, args.address, given), room)
    : refusal(call);
  if (room > 0) writeWords(machine, returns.address, words.slice(0, room));
  return true;
}

function fits(call: RtasCall, args: number, returns: number): boolean {
  const counts = typeof call.arguments === 'number' ? [call.arguments] : call.arguments;
  return counts.includes(args) && call.returns.includes(returns);
}

function refusal({ otherCounts = RTAS_PARAMETER_ERROR }: RtasCall): readonly number[] {
  return [otherCounts];
}
