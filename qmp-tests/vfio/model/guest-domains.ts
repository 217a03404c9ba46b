import assert from 'node:assert/strict';
import { WHOLE_SPACE } from '../../../src/memory/region.ts';
import type { PcMachine } from '../../../src/pc/machine.ts';
import { PciDevice } from '../../../src/pci/device.ts';
import type { VfioContainer } from '../../../src/vfio/container.ts';
import type { Mismatch } from '../mismatches.ts';
import { MODULES_ON_PC } from './kinds.ts';
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

function isSame(a: Entry | undefined, b: Entry | undefined): boolean {
  return a?.size === b?.size && a?.target === b?.target && a?.perm === b?.perm;
}

class PagesByDomain {
  readonly #pages = new Map<number, Set<number>>();

  get isEmpty(): boolean {
    return this.#pages.size === 0;
  }

  add(domain: number, page: number): void {
    const pages = this.#pages.get(domain) ?? new Set();
    this.#pages.set(domain, pages.add(page));
  }

  delete(domain: number, page: number): void {
    this.#pages.get(domain)?.delete(page);
  }

  has(domain: number | undefined, page: number): boolean {
    return domain !== undefined && this.#pages.get(domain)?.has(page) === true;
  }
}

/** What the guest of a PC has put into the page tables of its domains: pages by their I/O address. */
export class GuestDomains implements GuestModelTables {
  readonly #domains = new Map<number, Map<number, Entry>>();
  /** Pages that were put since the last check, and the hardware was told so. */
  #touched = new PagesByDomain();
  /** Those of which it was not told. */
  #untold = new PagesByDomain();
  /** Whether the guest has changed something without a word to the hardware. */
  isStale = false;
  /** A domain by whose number the user has just put a device into it. */
  chosen: number | undefined;
  /** What is in each of them, by place. */
  #members: ReadonlyMap<number, ReadonlySet<string>> = new Map();

  constructor(private readonly machine: PcMachine) {}

  /** @param isTold whether the hardware is told of it */
  map(domain: number, { iova, target, count, perm }: Stretch, isTold: boolean): void {
    const pages: [number, Entry][] = [];
    for (let at = 0; at < count; ) {
      const fits = (size: number) =>
        (iova + at) % size === 0 && (target + at) % size === 0 && count - at >= size;
      const size = PAGE_SIZES.find(fits) ?? 1;
      pages.push([iova + at, { size, target: target + at, perm }]);
      at += size;
    }
    this.#replace(domain, { iova, count }, new Map(pages), isTold);
  }

  unmap(domain: number, where: Pick<Stretch, 'iova' | 'count'>, isTold: boolean): void {
    this.#replace(domain, where, new Map(), isTold);
  }

  /** Entries that are put as they were are no news to the hardware. */
  #replace(
    domain: number,
    { iova, count }: Pick<Stretch, 'iova' | 'count'>,
    pages: ReadonlyMap<number, Entry>,
    isTold: boolean,
  ): void {
    if (!isTold) this.isStale = true;
    const entries = this.#entriesOf(domain);
    const before = new Map([...entries].filter(([start]) => start >= iova && start < iova + count));
    for (const start of before.keys()) entries.delete(start);
    for (const [start, entry] of pages) entries.set(start, entry);
    for (const [start, entry] of [...before, ...pages]) {
      if (isSame(before.get(start), pages.get(start))) continue;
      for (let page = start; page < start + entry.size; page++) this.#noteChange(domain, page, isTold);
    }
  }

  #noteChange(domain: number, page: number, isTold: boolean): void {
    if (isTold) this.#untold.delete(domain, page);
    (isTold ? this.#touched : this.#untold).add(domain, page);
  }

  #entriesOf(domain: number): Map<number, Entry> {
    const entries = this.#domains.get(domain) ?? new Map<number, Entry>();
    this.#domains.set(domain, entries);
    return entries;
  }

  /** A domain that the guest makes for a device is empty, whatever was in one of that number before. */
  follow(): void {
    const members = new Map<number, Set<string>>();
    for (const [{ bus, devfn }, context] of this.machine.remapping?.contexts ?? []) {
      if (context.kind !== 'translated') continue;
      const sources = members.get(context.domain) ?? new Set();
      members.set(context.domain, sources.add(`${bus}:${devfn}`));
    }
    for (const [domain, sources] of members) {
      const before = this.#members.get(domain);
      const isKept = [...sources].some(source => before?.has(source));
      if (!isKept && domain !== this.chosen) this.#domains.delete(domain);
    }
    this.#members = members;
  }

  forgetAll(): void {
    this.#domains.clear();
    this.#members = new Map();
    this.isStale = false;
    this.#untold = new PagesByDomain();
  }

  /** The guest's page tables hold what was put there, in pages as large as they can be. */
  check(): void {
    const remapping = this.machine.remapping;
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

  /**
   * The hardware is told of everything. It may know some of it already, by what the guest did for other devices: what
   * was told before its memory came, or went, is not told again.
   */
  invalidated(): void {
    this.isStale = false;
    this.#touched = this.#untold;
    this.#untold = new PagesByDomain();
    this.#mayBeKnown = true;
  }

  #mayBeKnown = false;

  takeTouched(): (mismatch: Mismatch) => boolean {
    const touched = this.#touched;
    this.#touched = new PagesByDomain();
    const isForModules = this.#mayBeKnown;
    this.#mayBeKnown = false;
    if (touched.isEmpty) return () => false;
    const { containers } = this.machine.vfio;
    const domains = new Map(containers.map(container => [container.id, this.#domainOf(container)]));
    return ({ container, iova, guest, host }) => {
      if (isForModules && [guest, host].some(entry => (entry ?? 0) >= MODULES_ON_PC * PAGE)) return false;
      return touched.has(domains.get(container), iova / PAGE);
    };
  }

  /** The domain that a container's devices are in; they cannot be told apart. */
  #domainOf(container: VfioContainer): number | undefined {
    const { peripheral } = this.machine.system;
    const devices = this.machine.vfio.groupsOf(container).flatMap(group => group.devices);
    for (const { id = '' } of devices) {
      const device = peripheral.children.get(id);
      const domain = device instanceof PciDevice ? this.domainOf(device) : undefined;
      if (domain !== undefined) return domain;
    }
    return undefined;
  }

  /** The domain that a device is in, if its requests are translated. */
  domainOf({ bus, devfn }: PciDevice): number | undefined {
    const { remapping } = this.machine;
    const context = remapping?.context(remapping.requesterOf({ bus: bus.number, devfn }));
    return context?.kind === 'translated' ? context.domain : undefined;
  }
}
