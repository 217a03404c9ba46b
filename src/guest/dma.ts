import { QmpError } from '../base/errors.ts';
import type { GuestDma, PaprPlatform } from './platform.ts';
import { checkWholePages } from './whole-pages.ts';

const H_SUCCESS = 0n;
/** Entries removed with one H_STUFF_TCE; any number serves, Linux uses as many as a mapping has. */
const STUFF_ENTRIES = 512n;

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
    for (let offset = 0n; offset < size; offset += this.#pageSize) {
      const tce = (gpa + offset) | BigInt(perm);
      const { ret } = this.platform.hypercall('H_PUT_TCE', [BigInt(this.liobn), iova + offset, tce]);
      if (ret === H_SUCCESS) continue;
      if (offset > 0n) this.unmap(iova, offset);
      throw new QmpError(`H_PUT_TCE for IOVA 0x${(iova + offset).toString(16)} failed: ${ret}`);
    }
    return Number(size / this.#pageSize);
  }

  /** @returns how many pages were unmapped @throws QmpError */
  unmap(iova: bigint, size: bigint): number {
    checkWholePages({ iova, size }, this.#pageSize);
    const pages = size / this.#pageSize;
    for (let done = 0n; done < pages; done += STUFF_ENTRIES) {
      const count = pages - done < STUFF_ENTRIES ? pages - done : STUFF_ENTRIES;
      const at = iova + done * this.#pageSize;
      const { ret } = this.platform.hypercall('H_STUFF_TCE', [BigInt(this.liobn), at, 0n, count]);
      if (ret !== H_SUCCESS) throw new QmpError(`H_STUFF_TCE for IOVA 0x${at.toString(16)} failed: ${ret}`);
    }
    return Number(pages);
  }
}
