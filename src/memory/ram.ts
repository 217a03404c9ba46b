const PAGE_SHIFT = 12n;
const PAGE = 1 << Number(PAGE_SHIFT);

/** What is in a region of memory. Pages exist once something other than zeroes is written to them. */
export class RamContents {
  readonly #pages = new Map<bigint, Uint8Array>();

  /** @param offset in the region, bytes @param into is filled with what is there */
  read(offset: bigint, into: Uint8Array): void {
    forEachPage(offset, into, (number, start, part) => {
      const page = this.#pages.get(number);
      if (page === undefined) part.fill(0);
      else part.set(page.subarray(start, start + part.length));
    });
  }

  /** @param offset in the region, bytes */
  write(offset: bigint, bytes: Uint8Array): void {
    forEachPage(offset, bytes, (number, start, part) => {
      let page = this.#pages.get(number);
      if (page === undefined) {
        if (part.every(byte => byte === 0)) return;
        page = new Uint8Array(PAGE);
        this.#pages.set(number, page);
      }
      page.set(part, start);
    });
  }
}

/** @param visit gets each part of `bytes` that lies in one page, with the page's number and where in it that is */
function forEachPage(
  offset: bigint,
  bytes: Uint8Array,
  visit: (number: bigint, start: number, part: Uint8Array) => void,
): void {
  let number = offset >> PAGE_SHIFT;
  let start = Number(offset - (number << PAGE_SHIFT));
  for (let done = 0; done < bytes.length; number++, start = 0) {
    const part = bytes.subarray(done, done + PAGE - start);
    visit(number, start, part);
    done += part.length;
  }
}
