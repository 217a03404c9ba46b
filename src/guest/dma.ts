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
   * @throws QmpError; what was mapped up to then is unmapped again
   */
  map(iova: bigint, gpa: bigint, size: bigint, perm: number): number {
    checkWholePages({ iova, gpa, size }, this.#pageSize);
    const count = Number(size / this.#pageSize);
    const { set, ret } = this.platform.putTces(BigInt(this.liobn), iova, gpa | BigInt(perm), count);
    if (ret === H_SUCCESS) return count;
    const done = BigInt(set) * this.#pageSize;
    if (set > 0) this.unmap(iova, done);
    throw new QmpError(`H_PUT_TCE for IOVA 0x${(iova + done).toString(16)} failed: ${ret}`);
  }

  /** @returns how many pages were unmapped @throws QmpError */
  unmap(iova: bigint, size: bigint): number {
    checkWholePages({ iova, size }, this.#pageSize);
    const pages = size / this.#pageSize;
    if (pages === 0n) return 0;
    const { ret } = this.platform.hypercall('H_STUFF_TCE', [BigInt(this.liobn), iova, 0n, pages]);
    if (ret !== H_SUCCESS) throw new QmpError(`H_STUFF_TCE for IOVA 0x${iova.toString(16)} failed: ${ret}`);
    return Number(pages);
  }
}
