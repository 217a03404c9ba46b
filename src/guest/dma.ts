import { QmpError } from '../base/errors.ts';
import type { GuestDma, PaprPlatform } from './platform.ts';
import { checkWholePages } from './whole-pages.ts';

const H_SUCCESS = 0n;

/** Maps memory for DMA as a driver inside the guest does: with hypercalls on one window's table. */
export class DmaMapper implements GuestDma {
  readonly #pageSize: bigint;

  constructor(
    private readonly platform: PaprPlatform,
    private readonly liobn: number,
    pageShift: number,
  ) {
    this.#pageSize = 1n << BigInt(pageShift);
  }

  /**
   * Makes `size` bytes from `gpa` visible at `iova`, all multiples of the page size.
   * @param perm bits as in `base/page-table.ts`
   * @returns how many pages that are
   * @throws QmpError; nothing is changed then
   */
  map(iova: bigint, gpa: bigint, size: bigint, perm: number): number {
    checkWholePages({ iova, gpa, size }, this.#pageSize);
    this.#checkWindow(iova, size);
    const count = Number(size / this.#pageSize);
    this.platform.putTces(BigInt(this.liobn), iova, gpa | BigInt(perm), count);
    return count;
  }

  /** @returns how many pages were unmapped @throws QmpError; nothing is changed then */
  unmap(iova: bigint, size: bigint): number {
    checkWholePages({ iova, size }, this.#pageSize);
    this.#checkWindow(iova, size);
    const pages = size / this.#pageSize;
    this.platform.hypercall('H_STUFF_TCE', [BigInt(this.liobn), iova, 0n, pages]);
    return Number(pages);
  }

  /** A window is all of one piece: what has its first and its last page has all between them. @throws QmpError */
  #checkWindow(iova: bigint, size: bigint): void {
    for (const at of [iova, iova + size - this.#pageSize]) {
      const { ret } = this.platform.hypercall('H_GET_TCE', [BigInt(this.liobn), at]);
      if (ret !== H_SUCCESS) throw new QmpError(`IOVA 0x${at.toString(16)} is not in the DMA window`);
    }
  }
}
