import { openSync, writeSync } from 'node:fs';
import { RealClock } from '../base/clock.ts';

const STDERR = 2;

/** What was received and sent, with the seconds since the client came. */
export class QtestLog {
  readonly #fd: number | undefined;
  #clock = new RealClock();

  /** @param path the file; stderr by default. One that cannot be written is done without, as with QEMU. */
  constructor(path: string | undefined) {
    this.#fd = path === undefined ? STDERR : open(path);
  }

  opened(): void {
    this.#clock = new RealClock();
    this.#write(`[I ${this.#time}] OPENED\n`);
  }

  closed(): void {
    this.#write(`[I +${this.#time}] CLOSED\n`);
  }

  received(line: string): void {
    this.#write(`[R +${this.#time}] ${line}\n`);
  }

  /** Also for remarks that are not sent. */
  sent(line: string): void {
    this.#write(`[S +${this.#time}] ${line}\n`);
  }

  /** Something that is sent without being announced. */
  sentAsIs(line: string): void {
    this.#write(`${line}\n`);
  }

  get #time(): string {
    return (Number(this.#clock.now() / 1000n) / 1e6).toFixed(6);
  }

  #write(text: string): void {
    if (this.#fd === undefined) return;
    try {
      writeSync(this.#fd, text, null, 'latin1');
    } catch {
      // Nobody reads it.
    }
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, 'w');
  } catch {
    return undefined;
  }
}
