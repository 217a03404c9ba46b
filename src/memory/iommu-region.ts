import type { PageTable } from '../base/page-table.ts';
import type { QomObject } from '../qom/object.ts';
import { MemoryRegion } from './region.ts';

/** Follows the translations of an IOMMU region. Entries are words of a page table (see `base/page-table.ts`). */
export interface IommuNotifier {
  /** First and last byte of the region this notifier cares for, inclusive. */
  readonly start: bigint;
  readonly end: bigint;
  /**
   * One translation changed.
   * @param page number from the region's start, in units of its own size
   * @param low of the new entry, as `high`; without permission bits if it was removed
   * @param pageShift log2 of the page's size, bytes
   */
  notify(page: number, low: number, high: number, pageShift: number): void;
  /** The entries of a run changed, as if `notify` had told of one after the other: all of them are present, or none. */
  notifyRun(run: TranslationRun): void;
  /**
   * The kernel keeps the translations in `table`, where the guest changes them without a notification.
   * @returns whether the kernel also carries them over to where this notifier would; false if absent
   */
  acceptKernelTable?(table: KernelTable): boolean;
  /** Everything that these runs now map is to be told to this notifier, ascending. */
  replay(runs: Iterable<TranslationRun>): void;
}

/** A table that the kernel keeps; who accepts it knows what it is. */
export type KernelTable = object;

/** Consecutive entries of a table, for pages of one size: `first <= index < end`. */
export interface TranslationRun {
  readonly table: PageTable;
  readonly first: number;
  readonly end: number;
  readonly pageShift: number;
  /** Offset in the region of what entry 0 translates, bytes. */
  readonly base: bigint;
}

/** A region whose addresses are translated by tables that the guest fills. */
export abstract class IommuMemoryRegion extends MemoryRegion {
  readonly #notifiers: IommuNotifier[] = [];

  constructor(owner: QomObject, label: string, size: bigint, typeName: string) {
    super(owner, label, size, 'iommu', undefined, owner.type.registry.require(typeName));
  }

  /** log2 of the smallest page, bytes. */
  abstract get pageShift(): number;

  /** By which the guest names the tables, where it does so by a number of their own: the logical I/O bus on PAPR. */
  get liobn(): number | undefined {
    return undefined;
  }

  /**
   * The translations now in force, ascending. What no run covers is not translated.
   * @param start first byte of the region that matters
   * @param end the last
   */
  abstract translations(start: bigint, end: bigint): Iterable<TranslationRun>;

  get notifiers(): readonly IommuNotifier[] {
    return this.#notifiers;
  }

  /** @throws QmpError if nobody can follow this region */
  addNotifier(notifier: IommuNotifier): void {
    this.checkNotifier();
    this.#notifiers.push(notifier);
    this.notifiersChanged();
  }

  removeNotifier(notifier: IommuNotifier): void {
    const index = this.#notifiers.indexOf(notifier);
    if (index < 0) return;
    this.#notifiers.splice(index, 1);
    this.notifiersChanged();
  }

  /** Tells this one notifier of every present translation, once, in ascending order; others see nothing. */
  replay(notifier: IommuNotifier): void {
    notifier.replay(this.translations(notifier.start, notifier.end));
  }

  /** Tells every notifier that covers the page. */
  protected notifyAll(page: number, low: number, high: number, pageShift = this.pageShift): void {
    const address = page * 2 ** pageShift;
    for (const notifier of this.#notifiers) {
      const covers = address >= Number(notifier.start) && address <= Number(notifier.end);
      if (covers) notifier.notify(page, low, high, pageShift);
    }
  }

  /** The same for the entries of a run: all of them are present, or none. */
  protected notifyAllOfRun(run: TranslationRun): void {
    const pageSize = 2 ** run.pageShift;
    const base = Number(run.base);
    for (const notifier of this.#notifiers) {
      const first = Math.max(run.first, Math.ceil((Number(notifier.start) - base) / pageSize));
      const end = Math.min(run.end, Math.floor((Number(notifier.end) - base) / pageSize) + 1);
      if (first < end) notifier.notifyRun({ ...run, first, end });
    }
  }

  /** @throws QmpError if changes of this region would not be told of */
  protected checkNotifier(): void {}

  /** There are more notifiers or fewer, or what they said of the kernel's table may not be so any more. */
  notifiersChanged(): void {}
}
