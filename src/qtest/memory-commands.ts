import { type QtestCommand, type QtestCommands, type QtestContext, QtestFailure } from './command.ts';

/** What the commands for one value are called by. */
const SIZES = { b: 1, w: 2, l: 4, q: 8 } as const;

/** As much of memory is filled at a time. */
const FILL_STEP = 64 * 1024;

/** Guest physical memory: values in the processor's byte order, and bytes. */
export const MEMORY_COMMANDS: QtestCommands = {
  ...Object.fromEntries(
    Object.entries(SIZES).flatMap(([letter, size]): [string, QtestCommand][] => [
      [`read${letter}`, (context, words) => readValue(context, words.unsigned(0), size)],
      [`write${letter}`, (context, words) => writeValue(context, words.unsigned(0), size, words.unsigned(1))],
    ]),
  ),
  read: ({ machine }, words) => {
    const [address, length] = [words.unsigned(0), words.length(1)];
    if (length === 0) throw new QtestFailure('Nothing to read');
    return ` 0x${Buffer.from(machine.memorySpace.read(address, length)).toString('hex')}`;
  },
  b64read: ({ machine }, words) => {
    const bytes = machine.memorySpace.read(words.unsigned(0), words.length(1));
    return ` ${Buffer.from(bytes).toString('base64')}`;
  },
  write: ({ machine }, words) => {
    const [address, length, text] = [words.unsigned(0), words.length(1), words.text(2)];
    if (text.length < '0x0'.length) throw new QtestFailure('invalid argument size', 'ERR');
    machine.memorySpace.write(address, hexBytes(text.slice('0x'.length), length));
    return undefined;
  },
  // Where the lengths differ QEMU goes on with what it finds behind the data, in its own memory.
  b64write: ({ machine, remark }, words) => {
    const [address, length] = [words.unsigned(0), words.length(1)];
    const bytes = Buffer.from(words.text(2), 'base64');
    if (bytes.length !== length)
      remark(`b64write: data length mismatch (told ${length}, found ${bytes.length})`);
    machine.memorySpace.write(address, bytes.subarray(0, length));
    return undefined;
  },
  memset: ({ machine }, words) => {
    const [address, length, value] = [words.unsigned(0), words.length(1), words.unsigned(2)];
    const step = new Uint8Array(Math.min(FILL_STEP, length)).fill(Number(BigInt.asUintN(8, value)));
    for (let done = 0; done < length; done += FILL_STEP)
      machine.memorySpace.write(address + BigInt(done), step.subarray(0, length - done));
    return undefined;
  },
};

function readValue({ machine }: QtestContext, address: bigint, size: number): string {
  const bytes = Buffer.from(machine.memorySpace.read(address, size));
  if (!machine.system.bigEndian) bytes.reverse();
  return ` 0x${bytes.toString('hex').padStart(16, '0')}`;
}

function writeValue({ machine }: QtestContext, address: bigint, size: number, value: bigint): undefined {
  const digits = BigInt.asUintN(8 * size, value).toString(16);
  const bytes = Buffer.from(digits.padStart(2 * size, '0'), 'hex');
  machine.memorySpace.write(address, machine.system.bigEndian ? bytes : bytes.reverse());
  return undefined;
}

/** So many bytes: zeroes where there are no digits for one, and all ones for what is no digit. */
function hexBytes(digits: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const count = Math.min(length, digits.length >> 1);
  if (/^[0-9a-f]*$/i.test(digits)) bytes.set(Buffer.from(digits.slice(0, 2 * count), 'hex'));
  else for (let i = 0; i < count; i++) bytes[i] = (digitAt(digits, 2 * i) << 4) | digitAt(digits, 2 * i + 1);
  return bytes;
}

function digitAt(digits: string, index: number): number {
  const digit = Number.parseInt(digits.charAt(index), 16);
  return Number.isNaN(digit) ? 0xff : digit;
}
