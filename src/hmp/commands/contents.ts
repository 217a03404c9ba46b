import { isThere } from '../../machine/memory-file.ts';
import { command, type HmpSession } from '../command.ts';
import {
  type GivenFormat,
  type NumberFormat,
  numberFormat,
  printCell,
  printNumber,
} from '../number-format.ts';
import { int32, int64 } from '../parameters.ts';

/** Numbers, and what is in the guest's memory. Nothing is translated: a processor sees it as it is after power-on. */
export const CONTENTS_COMMANDS = [
  command({
    name: 'print|p',
    usage: '/fmt expr',
    help: 'print expression value (use $reg for CPU register access)',
    parameters: { format: numberFormat, value: int64 },
    run: (session, { format, value }) =>
      session.print(`${printNumber(value, settle(session, format).letter)}\n`),
  }),
  dumping('x', 'virtual'),
  dumping('xp', 'physical'),
  command({
    name: 'sum',
    usage: 'addr size',
    help: 'compute the checksum of a memory region',
    parameters: { address: int32, size: int32 },
    run: ({ machine, print }, { address, size }) => {
      const bytes = machine.memorySpace.read(BigInt(address >>> 0), Math.min(size >>> 0, MAX_SUMMED));
      print(`${String(checksum(bytes)).padStart(5, '0')}\n`);
    },
  }),
] as const;

const MAX_SUMMED = 1 << 28;

function dumping(name: 'x' | 'xp', kind: 'virtual' | 'physical') {
  return command({
    name,
    usage: '/fmt addr',
    help: `${kind} memory dump starting at 'addr'`,
    parameters: { format: numberFormat, address: int64 },
    run: (session, { format, address }) => dump(session, format, address),
  });
}

/** What is left open is as it was last time. */
function settle({ lastFormat }: HmpSession, given: GivenFormat): NumberFormat {
  lastFormat.letter = given.letter ?? lastFormat.letter;
  lastFormat.size = given.size ?? lastFormat.size;
  return { ...lastFormat };
}

function dump(session: HmpSession, given: GivenFormat, start: bigint): void {
  const { machine, print } = session;
  const { letter, size: settled } = settle(session, given);
  if (letter === 'i') {
    print('There is no code here that could be disassembled\n');
    return;
  }
  const size = letter === 'c' ? 1 : settled;
  const lineSize = settled === 1 ? 8 : 16;
  const end = given.count * size;
  for (let done = 0; done < end; done += lineSize) {
    const address = BigInt.asUintN(64, start + BigInt(done));
    const length = Math.min(lineSize, end - done);
    print(`${address.toString(16).padStart(16, '0')}:`);
    if (!isThere(machine.memorySpace, address, length)) {
      print(' Cannot access memory\n');
      return;
    }
    const bytes = machine.memorySpace.read(address, length);
    for (let at = 0; at < length; at += size)
      print(
        ` ${printCell(numberOf(bytes.subarray(at, at + size), machine.system.bigEndian), { letter, size })}`,
      );
    print('\n');
  }
}

function numberOf(bytes: Uint8Array, isBigEndian: boolean): bigint {
  const digits = Buffer.from(isBigEndian ? bytes : bytes.toReversed()).toString('hex');
  return BigInt(`0x${digits}`);
}

/** As the BSD command `sum` makes it, of 16 bits. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (((sum >>> 1) | ((sum & 1) << 15)) + byte) & 0xffff;
  return sum;
}
