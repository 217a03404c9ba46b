import { readInteger } from '../base/option-numbers.ts';
import type { Machine } from '../machine/machine.ts';
import type { InterruptTap } from './interrupt-tap.ts';

/** What commands work on. */
export interface QtestContext {
  readonly machine: Machine;
  readonly interrupts: InterruptTap;
  /** Puts a remark into the log. */
  readonly remark: (text: string) => void;
}

/**
 * A command: does what it says. @returns what follows `OK`, with a space before it; nothing by default
 * @throws QtestFailure
 */
export type QtestCommand = (
  context: QtestContext,
  words: QtestWords,
) => string | undefined | Promise<string | undefined>;

/** Commands by their first word. */
export type QtestCommands = Readonly<Record<string, QtestCommand>>;

/** A reply that is not OK. */
export class QtestFailure extends Error {
  /** @param kind the reply's first word */
  constructor(
    message: string,
    readonly kind: 'FAIL' | 'ERR' = 'FAIL',
  ) {
    super(message);
  }
}

const MAX_PORT = 0xffffn;
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * The bytes that one command may be about. QEMU has no limit, and ends where there is not so much memory.
 */
export const MAX_LENGTH = 64 * 1024 * 1024;

/** The words after the command. QEMU ends when one is missing or no number; here it is refused. */
export class QtestWords {
  constructor(private readonly words: readonly string[]) {}

  get isEmpty(): boolean {
    return this.words.length === 0;
  }

  text(index: number): string {
    const word = this.words[index];
    if (word === undefined) throw new QtestFailure(`Argument ${index + 1} is missing`);
    return word;
  }

  /** 64 bits; a negative number wraps around. */
  unsigned(index: number): bigint {
    const { negative, magnitude } = this.#integer(index);
    if (magnitude > MAX_UINT64) throw this.#notANumber(index);
    return BigInt.asUintN(64, negative ? -magnitude : magnitude);
  }

  /** 64 bits. */
  signed(index: number): bigint {
    const { negative, magnitude } = this.#integer(index);
    if (magnitude > MAX_INT64 + (negative ? 1n : 0n)) throw this.#notANumber(index);
    return negative ? -magnitude : magnitude;
  }

  port(index: number): bigint {
    const port = this.unsigned(index);
    if (port > MAX_PORT) throw new QtestFailure(`Port '${this.text(index)}' does not exist`);
    return port;
  }

  /** So many bytes. */
  length(index: number): number {
    const length = this.unsigned(index);
    if (length > BigInt(MAX_LENGTH)) throw new QtestFailure(`More than ${MAX_LENGTH} bytes at once`);
    return Number(length);
  }

  #integer(index: number) {
    const integer = readInteger(this.text(index));
    if (integer === undefined) throw this.#notANumber(index);
    return integer;
  }

  #notANumber(index: number): QtestFailure {
    return new QtestFailure(`'${this.text(index)}' is not a number`);
  }
}
