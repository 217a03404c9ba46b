import assert from 'node:assert/strict';
import type { DmaRemapping } from '../../../src/guest/platform.ts';
import { WHOLE_SPACE } from '../../../src/memory/region.ts';
import type { PageRange } from '../guest-memory.ts';
import type { Mismatch } from '../mismatches.ts';
import type { GuestModelTables } from './member.ts';

const PAGE = 0x1000;
/** Sizes of pages, in those of 4 KiB, the largest first. */
const PAGE_SIZES = [2 ** 18, 2 ** 9, 1] as const;
const LAST = WHOLE_SPACE - 1n;

/** A page of a domain, in pages of 4 KiB. */
interface Entry {
  readonly size: number;
  readonly target: number;
  readonly perm: number;
}

/** A stretch of I/O addresses that the guest maps, in pages of 4 KiB. */
export interface Stretch {
  readonly iova: number;
  readonly target: number;
  readonly count: number;
  readonly perm: number;
}

/** What the guest of a PC has put into the page tables of its domains: pages by their I/O address. */
export class GuestDomains implements GuestModelTables {
  readonly #domains = new Map<number, Map<number, Entry>>();
  /** Pages that the host has not been told of as they are now: sizes by I/O address, by domain. */
  readonly #outdated = new Map<number, Map<number, number>>();
  /** Whether the guest has changed something without a word to the hardware. */
  isStale = false;

  /** A domain by whose number the user has just put a device into it. */
  chosen: number | undefined;
  /** Those with a device in them. */
  #used: ReadonlySet<number> = new Set();

  constructor(private readonly remapping: () => DmaRemapping | undefined) {}

  map(domain: number, { iova, target, count, perm }: Stretch): void {
    this.unmap(domain, iova, count);
    const entries = this.#entriesOf(domain);
    for (let at = 0; at < count; ) {
      const size = PAGE_SIZES.find(
        each => (iova + at) % each === 0 && (target + at) % each === 0 && count - at >= each,
      );
      entries.set(iova + at, { size: size ?? 1, target: target + at, perm });
      at += size ?? 1;
    }
  }

  unmap(domain: number, iova: number, count: number): void {
    for (const known of [this.#entriesOf(domain), this.#outdated.get(domain)])
      for (const start of known?.keys() ?? [])
        if (start >= iova && start < iova + count) known?.delete(start);
  }

  #entriesOf(domain: number): Map<number, Entry> {
    const entries = this.#domains.get(domain) ?? new Map<number, Entry>();
    this.#domains.set(domain, entries);
    return entries;
  }

  /** A domain that the guest makes for a device is empty, whatever was in one of that number before. */
  follow(): void {
    const used = new Set(
      this.remapping()?.contexts.flatMap(([, entry]) => (entry.kind === 'translated' ? [entry.domain] : [])),
    );
    for (const domain of used)
      if (!this.#used.has(domain) && domain !== this.chosen) this.#domains.delete(domain);
    this.#used = used;
  }

  forgetAll(): void {
    this.#domains.clear();
    this.#outdated.clear();
    this.#used = new Set();
    this.isStale = false;
  }

  /** The guest's page tables hold what was put there, in pages as large as they can be. */
  check(): void {
    const remapping = this.remapping();
    if (remapping === undefined) return;
    for (const [, context] of remapping.contexts) {
      if (context.kind !== 'translated') continue;
      const expected = this.#domains.get(context.domain) ?? new Map<number, Entry>();
      let present = 0;
      for (const { page, pageShift, low, high } of remapping.pages(context.domain, 0n, LAST)) {
        const size = 2 ** (pageShift - 12);
        const entry = expected.get(page * size);
        const target = (high * 2 ** 32 + (low >>> 0) - (low & 3)) / PAGE;
        const isRight = entry?.size === size && entry.target === target && entry.perm === (low & 3);
        if (!isRight) assert.fail(`domain ${context.domain}: page ${page} of 2^${pageShift} is wrong`);
        present++;
      }
      assert.equal(present, expected.size, `pages of domain ${context.domain}`);
    }
  }

  memoryChanged({ first, end }: PageRange): void {
    for (const [domain, entries] of this.#domains) {
      const outdated = this.#outdated.get(domain) ?? new Map<number, number>();
      this.#outdated.set(domain, outdated);
      for (const [start, { target, size }] of entries)
        if (target < end && target + size > first) outdated.set(start, size);
    }
  }

  /** In whatever domain that is. */
  unexcused(mismatches: readonly Mismatch[]): readonly Mismatch[] {
    if (this.isStale) return [];
    const outdated = [...this.#outdated.values()].flatMap(sizes => [...sizes]);
    return mismatches.filter(({ iova }) => {
      const page = iova / PAGE;
      return !outdated.some(([start, size]) => page >= start && page < start + size);
    });
  }
}
