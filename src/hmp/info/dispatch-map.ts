import type { FlatRange } from '../../memory/flat-view.ts';
import type { MemoryRegion } from '../../memory/region.ts';
import { address } from './region-text.ts';

const PAGE_SHIFT = 12n;
const PAGE_SIZE = 1n << PAGE_SHIFT;
const BITS_PER_LEVEL = 9;
const ENTRIES = 2 ** BITS_PER_LEVEL;
/** So many levels of nodes cover the pages of 64 bits. */
const LEVELS = 6;
/** What QEMU names its four fixed sections; here the numbers are those of the view's own, as in its output. */
const SECTION_MARKS = [' [unassigned]', ' [not dirty]', ' [ROM]', ' [watch]'];

/** What serves a range of addresses. Section 0 is for addresses that nobody serves. */
interface Section {
  readonly start: bigint;
  readonly last: bigint;
  /** Undefined where there is none: unassigned addresses, and pages shared by several regions. */
  readonly region: MemoryRegion | undefined;
}

/** Leads to a section (`skip` 0), or `skip` levels down to a node; `target` undefined leads nowhere. */
interface Entry {
  skip: number;
  target: number | undefined;
}

/**
 * The radix tree by which QEMU finds the section for an address, made from a flat view. It serves nobody
 * here: it is built for `info mtree -f -d` to be shown.
 */
export class DispatchMap {
  readonly #sections: Section[] = [{ start: 0n, last: 2n ** 64n - 1n, region: undefined }];
  readonly #nodes: (readonly Entry[])[] = [];
  readonly #top: Entry = { skip: 1, target: undefined };
  /** Pages that several regions share, by their first address. */
  readonly #shared = new Set<bigint>();

  constructor(
    view: readonly FlatRange[],
    private readonly root: MemoryRegion,
  ) {
    for (const { start, size, region } of view) this.#addRange(start, start + size, region);
    this.#compact(this.#top);
  }

  /** Whole pages lead to the range's section, pages of which it has a part to one of their own. */
  #addRange(start: bigint, end: bigint, region: MemoryRegion): void {
    let from = start;
    const firstWhole = roundUp(start);
    if (firstWhole !== start) {
      from = firstWhole < end ? firstWhole : end;
      this.#sharePage(start, from, region);
    }
    const wholeEnd = end - (end % PAGE_SIZE);
    if (from < wholeEnd) {
      this.#cover(from, wholeEnd, this.#addSection(from, wholeEnd, region));
      from = wholeEnd;
    }
    if (from < end) this.#sharePage(from, end, region);
  }

  #sharePage(start: bigint, end: bigint, region: MemoryRegion): void {
    const page = start - (start % PAGE_SIZE);
    if (!this.#shared.has(page)) {
      this.#shared.add(page);
      this.#cover(page, page + PAGE_SIZE, this.#addSection(page, page + PAGE_SIZE, undefined));
    }
    this.#addSection(start, end, region);
  }

  #addSection(start: bigint, end: bigint, region: MemoryRegion | undefined): number {
    return this.#sections.push({ start, last: end - 1n, region }) - 1;
  }

  #cover(start: bigint, end: bigint, section: number): void {
    const first = Number(start >> PAGE_SHIFT);
    this.#coverBelow(this.#top, LEVELS - 1, { next: first, end: Number(end >> PAGE_SHIFT) }, section);
  }

  /** Fills entries of the node that `entry` leads to, on `level` (0 is the lowest), as far as pages are left. */
  #coverBelow(entry: Entry, level: number, pages: { next: number; readonly end: number }, section: number) {
    if (entry.skip > 0 && entry.target === undefined) entry.target = this.#addNode(level === 0);
    const node = this.#nodes[entry.target ?? 0] ?? [];
    const step = ENTRIES ** level;
    for (let index = Math.floor(pages.next / step) % ENTRIES; index < ENTRIES; index++) {
      const slot = node[index];
      if (slot === undefined || pages.next >= pages.end) return;
      if (pages.next % step === 0 && pages.end - pages.next >= step) {
        slot.skip = 0;
        slot.target = section;
        pages.next += step;
      } else this.#coverBelow(slot, level - 1, pages, section);
    }
  }

  #addNode(lowest: boolean): number {
    const make = (): Entry => (lowest ? { skip: 0, target: 0 } : { skip: 1, target: undefined });
    return this.#nodes.push(Array.from({ length: ENTRIES }, make)) - 1;
  }

  /** A node with a single used entry is passed over. */
  #compact(entry: Entry): void {
    if (entry.target === undefined) return;
    const used = (this.#nodes[entry.target] ?? []).filter(slot => slot.target !== undefined);
    for (const slot of used) if (slot.skip > 0) this.#compact(slot);
    const [only] = used;
    if (only === undefined || used.length > 1) return;
    entry.target = only.target;
    entry.skip = only.skip === 0 ? 0 : entry.skip + only.skip;
  }

  *lines(): Generator<string> {
    yield '  Dispatch';
    yield '    Physical sections';
    for (const [number, { start, last, region }] of this.#sections.entries()) {
      yield `      #${number} @${address(start)}..${address(last)} ${region?.label ?? '(noname)'}${this.#marks(number, region)}`;
    }
    const { target, skip } = this.#top;
    const top = target === undefined ? 'NIL' : `[${target}]`;
    yield `    Nodes (${BITS_PER_LEVEL} bits per level, ${LEVELS} levels) ptr=${top} skip=${skip}`;
    for (const [number, node] of this.#nodes.entries()) {
      yield `      [${number}]`;
      yield* entryLines(node);
    }
  }

  #marks(number: number, region: MemoryRegion | undefined): string {
    if (region === undefined) return SECTION_MARKS[number] ?? '';
    const root = region === this.root ? ' [ROOT]' : '';
    return `${SECTION_MARKS[number] ?? ''}${root}${region.kind === 'iommu' ? ' [iommu]' : ''}`;
  }
}

/** Equal neighbours take one line. */
function* entryLines(node: readonly Entry[]): Generator<string> {
  for (let start = 0; start < node.length; ) {
    const { skip, target } = node[start] ?? { skip: 1, target: undefined };
    let end = start + 1;
    while (node[end]?.skip === skip && node[end]?.target === target) end++;
    const which =
      end - start === 1
        ? `${String(start).padStart(3)}      `
        : `${String(start).padStart(3)}..${String(end - 1).padEnd(3)} `;
    const where = target === undefined ? 'NIL' : skip === 0 ? `#${target}` : `[${target}]`;
    yield `\t${which} skip=${skip}  ptr=${where}`;
    start = end;
  }
}

function roundUp(value: bigint): bigint {
  return ((value + PAGE_SIZE - 1n) >> PAGE_SHIFT) << PAGE_SHIFT;
}
