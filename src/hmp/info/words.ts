import type { Commands } from '../../generated/commands.ts';
import { command } from '../command.ts';

type InWords = {
  [Name in keyof Commands]: Commands[Name]['returns'] extends { 'human-readable-text': string }
    ? Name
    : never;
}[keyof Commands];

/** Shows what a query answers in words. */
function inWords(name: string, help: string, query: InWords) {
  return command({
    name,
    help,
    run: async ({ execute, print }) => print((await execute(query))['human-readable-text']),
  });
}

/** Pages that a query has the words for. */
export const PAGES_IN_WORDS = [
  inWords('irq', 'show the interrupts statistics (if available)', 'x-query-irq'),
  inWords('numa', 'show NUMA information', 'x-query-numa'),
  inWords('ramblock', 'Display system ramblock information', 'x-query-ramblock'),
  inWords('roms', 'show roms', 'x-query-roms'),
  inWords('usb', 'show guest USB devices', 'x-query-usb'),
] as const;
