const SMALL = 256;

/** Bytes collected piece by piece, in storage that grows by doubling. */
export class ByteBuffer {
  #storage = Buffer.allocUnsafeSlow(SMALL);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was collected; valid until the next call of another method. */
  get bytes(): Buffer {
    return this.#storage.subarray(0, this.#length);
  }

  push(byte: number): void {
    this.#reserve(1);
    this.#storage[this.#length++] = byte;
  }

  /** Adds `bytes[from..to)`. */
  append(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    this.#storage.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  /** Forgets everything; large storage is given back. */
  clear(): void {
    this.#length = 0;
    if (this.#storage.length > 0x10000) this.#storage = Buffer.allocUnsafeSlow(SMALL);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#storage.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#storage.length * 2));
    larger.set(this.bytes);
    this.#storage = larger;
  }
}
