import type { PageTable } from '../base/page-table.ts';
import type { QomObject } from '../qom/object.ts';
import { MemoryRegion } from './region.ts';

/**
 * Follows the translations of an IOMMU region. Pages are numbered from the region's start, in units of
 * its page size; entries are words of a page table (see `base/page-table.ts`).
 */
export interface IommuNotifier {
  /** First and last byte of the region this notifier cares for, inclusive. */
  readonly start: bigint;
  readonly end: bigint;
  /** One translation changed: the new entry, without permission bits if it was removed. */
  notify(page: number, low: number, high: number): void;
  /** Everything that `table` now maps in `first <= page < end` is to be told to this notifier, ascending. */
  replay(source: IommuReplaySource): void;
}

/** The mappings to be replayed: a table and the pages of it that the notifier's range covers. */
export interface IommuReplaySource {
  readonly table: PageTable;
  readonly first: number;
  readonly end: number;
}

/** A region whose addresses are translated by tables that the guest fills. */
export abstract class IommuMemoryRegion extends MemoryRegion {
  readonly #notifiers: IommuNotifier[] = [];

  constructor(owner: QomObject, label: string, size: bigint, typeName: string) {
    super(owner, label, size, 'iommu', undefined, owner.type.registry.require(typeName));
  }

  /** log2 of the page size, bytes. */
  abstract get pageShift(): number;

  /** By which the guest names the tables: the logical I/O bus number on PAPR. */
  abstract get liobn(): number;

  /** The translations now in force. */
  abstract get entries(): PageTable;

  get notifiers(): readonly IommuNotifier[] {
    return this.#notifiers;
  }

  /** @throws QmpError if the region cannot serve notifiers; then it is not registered */
  addNotifier(notifier: IommuNotifier): void {
    if (this.#notifiers.length === 0) this.firstNotifierComes();
    this.#notifiers.push(notifier);
  }

  removeNotifier(notifier: IommuNotifier): void {
    const index = this.#notifiers.indexOf(notifier);
    if (index < 0) return;
    this.#notifiers.splice(index, 1);
    if (this.#notifiers.length === 0) this.lastNotifierGone();
  }

  /** Tells this one notifier of every present translation, once, in ascending order; others see nothing. */
  abstract replay(notifier: IommuNotifier): void;

  /** Tells every notifier that covers the page. */
  protected notifyAll(page: number, low: number, high: number): void {
    for (const notifier of this.#notifiers) notifier.notify(page, low, high);
  }

  protected firstNotifierComes(): void {}
  protected lastNotifierGone(): void {}
}
