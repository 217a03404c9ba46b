import { QmpError } from '../base/errors.ts';
import type { DmaPage } from '../guest/platform.ts';
import { AddressSpace } from '../memory/address-space.ts';
import { IommuMemoryRegion, type IommuNotifier, type TranslationRun } from '../memory/iommu-region.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import type { PciBus } from '../pci/bus.ts';
import { functionOf, slotOf } from '../pci/devfn.ts';
import type { IntelIommu } from './intel-iommu.ts';
import { SecondLevelTable } from './second-level-table.ts';

/** Where writes are interrupts. */
export const INTERRUPTS_START = 0xfee00000n;
export const INTERRUPTS_SIZE = 0x100000n;
const INTERRUPT_PRIORITY = 1;
const NO_INTERRUPTS_PRIORITY = 2;
const LAST = WHOLE_SPACE - 1n;

/** What becomes of a requester's addresses: they are memory addresses, or translated by a domain's table. */
export type DmaContext = 'pass-through' | SecondLevelTable;

/** What one requester sees of memory: all of it, or what the guest has mapped for it. */
export class VtdAddressSpace {
  readonly space: AddressSpace;
  readonly region: VtdRegion;
  readonly #direct: MemoryRegion;
  /** The guest's context entry as of the last invalidation of the context cache. */
  #context: DmaContext | undefined;

  /** @param devfn of the requester, slot times 8 plus function */
  constructor(
    private readonly iommu: IntelIommu,
    readonly bus: PciBus,
    readonly devfn: number,
  ) {
    const name = `vtd-${slotOf(devfn).toString(16).padStart(2, '0')}.${functionOf(devfn)}`;
    const root = new MemoryRegion(iommu, name, WHOLE_SPACE);
    const alias = (label: string, target: MemoryRegion, size: bigint) =>
      new MemoryRegion(iommu, label, size, 'container', { target, offset: 0n });
    this.region = new VtdRegion(this, iommu, `${name}-dmar`);
    this.region.enabled = false;
    this.region.addSubregion(
      INTERRUPTS_START,
      alias('vtd-ir', iommu.interrupts, INTERRUPTS_SIZE),
      INTERRUPT_PRIORITY,
    );
    root.addSubregion(0n, this.region);
    this.#direct = alias('vtd-nodmar', iommu.direct, WHOLE_SPACE);
    root.addSubregion(0n, this.#direct);
    const noInterrupts = new MemoryRegion(iommu, 'vtd-no-ir', INTERRUPTS_SIZE, 'io');
    noInterrupts.enabled = false;
    root.addSubregion(INTERRUPTS_START, noInterrupts, NO_INTERRUPTS_PRIORITY);
    this.space = new AddressSpace('vtd-root', root);
    this.refresh();
  }

  /** `01.00.0`, as messages have it. */
  get place(): string {
    const digits = (value: number) => value.toString(16).padStart(2, '0');
    return `${digits(this.bus.number)}.${digits(slotOf(this.devfn))}.${functionOf(this.devfn)}`;
  }

  /** What translates, as far as anything does. */
  get table(): SecondLevelTable | undefined {
    return this.#context === 'pass-through' ? undefined : this.#context;
  }

  /** The guest has invalidated the context cache, or switched translation on or off. */
  refresh(): void {
    this.#context = this.iommu.contextFor(this);
    const translates = this.iommu.translation && this.#context !== 'pass-through';
    if (translates !== this.region.enabled) {
      const { number } = this.bus;
      const [slot, fn] = [slotOf(this.devfn), functionOf(this.devfn)];
      this.iommu.system.trace.point('vtd_switch_address_space', number, slot, fn, translates);
      // What was seen goes before the other comes.
      const [off, on] = translates ? [this.#direct, this.region] : [this.region, this.#direct];
      off.enabled = false;
      on.enabled = true;
    } else {
      this.region.follow(0n, LAST);
    }
  }
}

/** A requester's addresses while they are translated. */
class VtdRegion extends IommuMemoryRegion {
  readonly pageShift = 12;
  /** What those who follow the region have been told: the guest's table, up to the last invalidation. */
  readonly #told: SecondLevelTable;

  constructor(
    private readonly owned: VtdAddressSpace,
    private readonly iommu: IntelIommu,
    label: string,
  ) {
    super(iommu, label, WHOLE_SPACE, 'intel-iommu-iommu-memory-region');
    this.#told = new SecondLevelTable(iommu.addressBits);
  }

  override translations(start: bigint, end: bigint): Iterable<TranslationRun> {
    return this.owned.table?.runs(start, end) ?? [];
  }

  /** The guest has invalidated what was known of these addresses: whoever follows them is told what has changed. */
  follow(start: bigint, end: bigint): void {
    if (this.notifiers.length > 0) this.#tellChanges(start, end);
  }

  override addNotifier(notifier: IommuNotifier): void {
    if (this.notifiers.length === 0) this.#told.clear();
    // Nobody will be told of it later that was there before.
    this.#tellChanges(0n, LAST);
    super.addNotifier(notifier);
  }

  #tellChanges(start: bigint, end: bigint): void {
    const { table } = this.owned;
    for (const page of this.#told.pages(start, end))
      if (table?.has(page) !== true) this.#tell({ ...page, low: 0, high: 0 });
    for (const page of table?.pages(start, end) ?? []) if (!this.#told.has(page)) this.#tell(page);
  }

  #tell(page: DmaPage): void {
    this.#told.set(page);
    this.notifyAll(page.page, page.low, page.high, page.pageShift);
  }

  /** Without caching mode a guest need not tell of what it maps; coherence with snooping is not kept. */
  protected override checkNotifier(): void {
    const { snoopControl, cachingMode } = this.iommu;
    if (snoopControl)
      throw new QmpError('Snoop Control with vhost or VFIO is not supported: Operation not supported');
    if (!cachingMode)
      throw new QmpError(`device ${this.owned.place} requires caching mode: Operation not supported`);
  }
}
