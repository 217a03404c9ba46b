import type { QtestCommands } from './command.ts';

/** What QEMU answers for a service that it does not have: -4 in 64 bits. */
const NO_SERVICE = 2n ** 64n - 4n;

/** Services of a logical partition's firmware, with arguments and return words in memory. */
export const RTAS_COMMANDS: QtestCommands = {
  rtas: ({ machine: { guestPlatform: platform } }, words) => {
    const name = words.text(0);
    const args = { count: words.unsigned(1), address: words.unsigned(2) };
    const returns = { count: words.unsigned(3), address: words.unsigned(4) };
    const isKnown = platform.kind === 'papr' && platform.rtasInMemory(name, args, returns);
    return ` ${isKnown ? 0 : NO_SERVICE}`;
  },
};
