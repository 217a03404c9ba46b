import type { QtestCommand, QtestCommands } from './command.ts';

const SIZES = { b: 1, w: 2, l: 4 } as const;

/** I/O ports, little-endian. Where the processor has none, nothing answers. */
export const PORT_COMMANDS: QtestCommands = Object.fromEntries(
  Object.entries(SIZES).flatMap(([letter, size]): [string, QtestCommand][] => [
    [
      `in${letter}`,
      ({ machine }, words) => {
        const bytes = Buffer.from(machine.portSpace.read(words.port(0), size));
        return ` 0x${bytes.readUIntLE(0, size).toString(16).padStart(4, '0')}`;
      },
    ],
    [
      `out${letter}`,
      ({ machine }, words) => {
        const port = words.port(0);
        const bytes = Buffer.alloc(size);
        bytes.writeUIntLE(Number(BigInt.asUintN(8 * size, words.unsigned(1))), 0, size);
        machine.portSpace.write(port, bytes);
        return undefined;
      },
    ],
  ]),
);
