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
  /**
   * The kernel keeps the translations in `table`, where the guest changes them without a notification.
   * @returns whether the kernel also carries them over to where this notifier would; false if absent
   */
  acceptKernelTable?(table: KernelTable): boolean;
  /** Everything that `table` now maps in `first <= page < end` is to be told to this notifier, ascending. */
  replay(source: IommuReplaySource): void;
}

/** A table that the kernel keeps; who accepts it knows what it is. */
export type KernelTable = object;

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

  addNotifier(notifier: IommuNotifier): void {
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
  abstract replay(notifier: IommuNotifier): void;

  /** Tells every notifier that covers the page. */
  protected notifyAll(page: number, low: number, high: number): void {
    for (const notifier of this.#notifiers) notifier.notify(page, low, high);
  }

  /** There are more notifiers or fewer, or what they said of the kernel's table may not be so any more. */
  notifiersChanged(): void {}
}
