import { QmpError } from '../base/errors.ts';
import { Chardev, type Frontend } from './chardev.ts';

const DEFAULT_SIZE = 65536;

/** Keeps the latest bytes that were written to it, for whoever asks with `ringbuf-read`. */
export class RingbufChardev extends Chardev {
  readonly #storage: Buffer;
  /** Bytes ever written and ever read; their difference is what is there. */
  #written = 0;
  #read = 0;

  /** @param size bytes, a power of two; throws `QmpError` if it is none */
  constructor(
    id: string,
    readonly backend: 'ringbuf' | 'memory',
    size = DEFAULT_SIZE,
  ) {
    super(id);
    // As in QEMU, 0 is a power of two, but nothing fits into it.
    const isPower = size >= 0 && Number.isInteger(size) && (BigInt(size) & (BigInt(size) - 1n)) === 0n;
    if (!isPower) throw new QmpError('size of ringbuf chardev must be power of two');
    this.#storage = Buffer.alloc(size);
  }

  override get filename(): string {
    return this.backend;
  }

  /** Bytes that can be read. */
  get length(): number {
    return this.#written - this.#read;
  }

  /** Adds bytes; the oldest make room. */
  write(bytes: Uint8Array): void {
    const { length: size } = this.#storage;
    if (size === 0) return;
    for (const byte of bytes.subarray(Math.max(0, bytes.length - size))) {
      this.#storage[this.#written++ % size] = byte;
    }
    this.#read = Math.max(this.#read, this.#written - size);
  }

  /** Takes the oldest bytes, at most so many. */
  take(count: number): Buffer {
    const bytes = Buffer.alloc(Math.min(count, this.length));
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.#storage[this.#read++ % this.#storage.length] ?? 0;
    return bytes;
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
