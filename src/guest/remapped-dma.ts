import { QmpError } from '../base/errors.ts';
import type { DmaPage, DmaRemapping, GuestDma } from './platform.ts';
import { checkWholePages } from './whole-pages.ts';

const PAGE_SHIFTS = [30, 21, 12] as const;
const PAGE_SIZE = 0x1000n;
/** What is written there is an interrupt, and never translated. */
const INTERRUPTS_START = 0xfee00000n;
const INTERRUPTS_END = 0xfef00000n;

/** Maps memory for DMA as a driver on a PC does that has remapping hardware: in the page table of a domain. */
export class RemappedDma implements GuestDma {
  /**
   * @param domain that the function is in, if it is in one
   * @param join puts the function into its domain before anything is mapped, and has that translated
   * @param invalidates whether it tells the hardware of what it has changed, as it must
   */
  constructor(
    private readonly remapping: DmaRemapping,
    private readonly domain: number | undefined,
    private readonly join: () => number,
    private readonly invalidates: boolean,
  ) {}

  /**
   * Makes `size` bytes from `gpa` visible at `iova`, all multiples of 4 KiB, with the largest pages that fit.
   * @param perm bits as in `base/page-table.ts`
   * @returns how many pages that are
   * @throws QmpError; nothing is changed then
   */
  map(iova: bigint, gpa: bigint, size: bigint, perm: number): number {
    checkWholePages({ iova, gpa, size }, PAGE_SIZE);
    this.#checkRange(iova, size);
    this.#checkBorders(iova, size);
    const domain = this.join();
    let pages = 0;
    for (let offset = 0n; offset < size; pages++) {
      const at = { iova: iova + offset, gpa: gpa + offset, left: size - offset };
      const pageShift = PAGE_SHIFTS.find(shift => fits(at, 1n << BigInt(shift))) ?? 12;
      this.#write(domain, at.iova, pageShift, at.gpa | BigInt(perm));
      offset += 1n << BigInt(pageShift);
    }
    this.#invalidate(domain, iova, size);
    return pages;
  }

  /** @returns how many pages were unmapped @throws QmpError */
  unmap(iova: bigint, size: bigint): number {
    checkWholePages({ iova, size }, PAGE_SIZE);
    this.#checkRange(iova, size);
    this.#checkBorders(iova, size);
    const { domain } = this;
    if (domain === undefined) return 0;
    const pages = [...this.remapping.pages(domain, iova, iova + size - 1n)];
    for (const page of pages) this.remapping.writeEntry(domain, { ...page, low: 0, high: 0 });
    this.#invalidate(domain, iova, size);
    return pages.length;
  }

  #write(domain: number, iova: bigint, pageShift: number, entry: bigint): void {
    this.remapping.writeEntry(domain, {
      page: Number(iova >> BigInt(pageShift)),
      pageShift,
      low: Number(entry & 0xffffffffn),
      high: Number(entry >> 32n),
    });
  }

  #invalidate(domain: number, iova: bigint, size: bigint): void {
    if (this.invalidates) this.remapping.invalidateMappings(domain, iova, iova + size - 1n);
  }

  #checkRange(iova: bigint, size: bigint): void {
    const end = iova + size;
    if (end > 1n << BigInt(this.remapping.addressBits))
      throw new QmpError(
        `IOVA 0x${(end - 1n).toString(16)} has more than ${this.remapping.addressBits} bits`,
      );
    if (iova < INTERRUPTS_END && end > INTERRUPTS_START)
      throw new QmpError(`IOVA 0x${INTERRUPTS_START.toString(16)} is where interrupts are sent to`);
  }

  /** A page is replaced or removed as a whole. */
  #checkBorders(iova: bigint, size: bigint): void {
    if (this.domain === undefined) return;
    for (const at of [iova, iova + size - 1n]) {
      for (const page of this.remapping.pages(this.domain, at, at)) {
        if (startOf(page) < iova || endOf(page) > iova + size)
          throw new QmpError(
            `IOVA 0x${at.toString(16)} is in a larger page at 0x${startOf(page).toString(16)}`,
          );
      }
    }
  }
}

function fits({ iova, gpa, left }: { iova: bigint; gpa: bigint; left: bigint }, pageSize: bigint): boolean {
  return left >= pageSize && ((iova | gpa) & (pageSize - 1n)) === 0n;
}

function startOf({ page, pageShift }: DmaPage): bigint {
  return BigInt(page) << BigInt(pageShift);
}

function endOf({ page, pageShift }: DmaPage): bigint {
  return BigInt(page + 1) << BigInt(pageShift);
}
