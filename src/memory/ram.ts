/** Guest memory. Pages exist once written; everything else reads as zero. */
export class GuestRam {
  readonly #pages = new Map<number, DataView>();

  /** @param size bytes; @param base guest physical address of the first byte */
  constructor(
    readonly base: bigint,
    readonly size: bigint,
  ) {}

  contains(address: bigint): boolean {
    return address >= this.base && address < this.base + this.size;
  }

  /** Big-endian, as pseries has it. `address` must be 8-byte aligned and inside. */
  readUint64(address: bigint): bigint {
    const offset = Number(address - this.base);
    return this.#pages.get(Math.floor(offset / PAGE))?.getBigUint64(offset % PAGE) ?? 0n;
  }

  writeUint64(address: bigint, value: bigint): void {
    const offset = Number(address - this.base);
    const number = Math.floor(offset / PAGE);
    let page = this.#pages.get(number);
    if (page === undefined) this.#pages.set(number, (page = new DataView(new ArrayBuffer(PAGE))));
    page.setBigUint64(offset % PAGE, value);
  }

  clear(): void {
    this.#pages.clear();
  }
}

const PAGE = 4096;
