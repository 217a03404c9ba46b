import { QmpError } from '../base/errors.ts';
import { Chardev, type Frontend } from './chardev.ts';

const DEFAULT_SIZE = 65536;

/** Keeps the latest bytes that were written to it, for whoever asks with `ringbuf-read`. */
export class RingbufChardev extends Chardev {
  readonly #size: number;
  /** What was written and not read, oldest first. */
  #content = Buffer.alloc(0);

  /** @param size bytes, a power of two; throws `QmpError` if it is none */
  constructor(
    id: string,
    readonly backend: 'ringbuf' | 'memory',
    size: number | bigint = DEFAULT_SIZE,
  ) {
    super(id);
    const bytes = BigInt(size);
    // As in QEMU, 0 is a power of two, but nothing fits into it.
    if (bytes < 0n || (bytes & (bytes - 1n)) !== 0n)
      throw new QmpError('size of ringbuf chardev must be power of two');
    this.#size = Number(bytes);
  }

  override get filename(): string {
    return this.backend;
  }

  /** Bytes that can be read. */
  get length(): number {
    return this.#content.length;
  }

  /** Adds bytes; the oldest make room. */
  write(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#content, bytes]);
    this.#content = all.subarray(Math.max(0, all.length - this.#size));
  }

  /** Takes the oldest bytes, at most so many. */
  take(count: number): Buffer {
    const taken = this.#content.subarray(0, count);
    this.#content = this.#content.subarray(taken.length);
    return taken;
  }

  protected override attached(frontend: Frontend): void {
    frontend.opened({
      backlog: 0,
      write: text => {
        this.write(Buffer.from(text, 'latin1'));
        return true;
      },
      pause: () => {},
      resume: () => {},
      end: () => {},
      destroy: () => {},
    });
  }
}
