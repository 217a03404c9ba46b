import { HostError } from '../base/errors.ts';
import { type PageRun, PageTable } from '../base/page-table.ts';
import type { KvmTceFile } from '../host/kvm-tce.ts';
import { IommuMemoryRegion, type TranslationRun } from '../memory/iommu-region.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import { Device } from '../qdev/device.ts';
import type { QomObject } from '../qom/object.ts';
import type { TypeInfo } from '../qom/type.ts';
import type { KvmAccelerator } from './kvm-accelerator.ts';

/** Where a window lies and what it holds. */
export interface TceWindow {
  /** log2 of the page size, bytes. */
  readonly pageShift: number;
  /** First DMA address, bytes. */
  readonly busOffset: bigint;
  /** Number of TCEs. */
  readonly entries: number;
}

/**
 * Who holds the entries. In the kernel, H_PUT_TCE never reaches the emulator, so nobody who follows the
 * table could be told of changes, unless the kernel also updates the host's tables by itself.
 */
type Storage =
  | { readonly holder: 'userspace'; readonly table: PageTable }
  | { readonly holder: 'kvm'; readonly table: PageTable; readonly file: KvmTceFile };

const DISABLED: TceWindow = { pageShift: 12, busOffset: 0n, entries: 0 };
/** A target is a 4 KiB page, and below it are bits of the entry. */
const TARGET_SHIFT = 12n;
const TARGET_MASK = 0xfffn;
const ENTRY_MASK = 2n ** 64n - 1n;
const MAX_PAGE = 2 ** 52;
/** What stands for addresses of tables in the memory of a QEMU. */
const TABLES_AT = 0x7f0000000000n;
const TABLES_SHIFT = 8;
const NO_ENTRIES: Storage = { holder: 'userspace', table: new PageTable(0) };

/**
 * The translation table of one DMA window (PAPR 2.7, 14.5.4.2.4: TCE tables), kept by KVM where that
 * serves, and in userspace while somebody has to be notified of every change.
 */
export class TceTable extends Device {
  readonly root: MemoryRegion;
  readonly #region: TceRegion;
  #window = DISABLED;
  #storage = NO_ENTRIES;

  constructor(
    owner: QomObject,
    readonly liobn: number,
    private readonly kvm: KvmAccelerator | undefined,
    /** Made for VFIO: whether or not somebody follows it yet, all changes must be seen. */
    private readonly forVfio = false,
  ) {
    super(owner.type.registry.require('spapr-tce-table'));
    const hex = liobn.toString(16);
    owner.addChild(`tce-table-${hex}`, this);
    this.root = new MemoryRegion(this, `tce-root-${hex}`, WHOLE_SPACE);
    this.#region = new TceRegion(this, `tce-iommu-${hex}`);
  }

  /** Its regions do. */
  override get lingers(): boolean {
    return true;
  }

  get region(): IommuMemoryRegion {
    return this.#region;
  }

  get window(): TceWindow {
    return this.#window;
  }

  get enabled(): boolean {
    return this.#window.entries > 0;
  }

  /** True while somebody has to be told of every change. */
  get needVfio(): boolean {
    return this.forVfio || this.#region.notifiers.length > 0;
  }

  /** True while the kernel holds the entries. */
  get accelerated(): boolean {
    return this.#storage.holder === 'kvm';
  }

  /** The kernel's file of this table, if it holds it. */
  get kvmFile(): KvmTceFile | undefined {
    return this.#storage.holder === 'kvm' ? this.#storage.file : undefined;
  }

  get entries(): PageTable {
    return this.#storage.table;
  }

  /** Opens an empty window. */
  enable(window: TceWindow): void {
    this.disable();
    this.#window = window;
    this.#storage = this.#allocate();
    this.#traceTable();
    this.#region.size = BigInt(window.entries) << BigInt(window.pageShift);
    this.root.addSubregion(window.busOffset, this.#region);
  }

  /** Closes the window; its entries are gone. */
  disable(): void {
    if (!this.enabled) return;
    this.root.removeSubregion(this.#region);
    this.#region.size = 0n;
    this.#release();
    this.#storage = NO_ENTRIES;
    this.#window = DISABLED;
  }

  /**
   * Sets one entry, as H_PUT_TCE does.
   * @returns false if `ioba` is outside the window
   */
  put(ioba: bigint, tce: bigint): boolean {
    const index = this.#index(ioba);
    if (index === undefined) return false;
    const low = Number(tce & 0xffffffffn);
    const high = Number((tce >> 32n) & 0xffffffffn);
    const storage = this.#storage;
    if (storage.holder === 'kvm' && storage.file.putTce(ioba, tce) === 'H_SUCCESS') return true;
    // Kept here, or too hard for the kernel, which then leaves the hypercall to the emulator.
    storage.table.setWords(index, low, high);
    this.#region.entryChanged(index, low, high);
    return true;
  }

  /**
   * Sets so many entries from `ioba` on, the target of each `step` bytes (a multiple of 4 KiB) above that before,
   * as one H_PUT_TCE after the other does.
   * @returns how many are inside the window, and so were set
   */
  putRun(ioba: bigint, tce: bigint, count: number, step = 0n): number {
    const first = this.#index(ioba);
    if (first === undefined || count === 0) return 0;
    const inside = Math.min(count, this.#window.entries - first);
    const run = {
      first,
      count: inside,
      page: Number(tce >> TARGET_SHIFT),
      step: Number(step >> TARGET_SHIFT),
      bits: Number(tce & TARGET_MASK),
    };
    if (!this.#setRun(run)) {
      const pageShift = BigInt(this.#window.pageShift);
      for (let i = 0n; i < inside; i++) this.put(ioba + (i << pageShift), (tce + i * step) & ENTRY_MASK);
    }
    return inside;
  }

  /** @returns false if it has to be done one by one */
  #setRun(run: PageRun): boolean {
    const storage = this.#storage;
    if (run.page + run.count * run.step > MAX_PAGE) return false;
    if (storage.holder === 'kvm') return storage.file.putRun(run);
    storage.table.setRun(run);
    this.#region.runChanged(run.first, run.first + run.count);
    return true;
  }

  /** The entry for a DMA address; undefined outside the window. */
  get(ioba: bigint): bigint | undefined {
    const index = this.#index(ioba);
    return index === undefined ? undefined : this.#storage.table.get(index);
  }

  #index(ioba: bigint): number | undefined {
    const index = (ioba - this.#window.busOffset) >> BigInt(this.#window.pageShift);
    return index >= 0n && index < BigInt(this.#window.entries) ? Number(index) : undefined;
  }

  /**
   * Somebody begins or ceases to follow the table. The entries stay the same; what may change is who holds
   * them: the kernel does as long as it serves everybody, else they are kept here.
   */
  followersChanged(): void {
    if (!this.enabled) return;
    const before = this.#storage;
    if (before.holder === 'kvm') {
      if (this.#isServedBy(before.file)) return;
      before.file.close();
      this.#storage = { holder: 'userspace', table: before.table };
    } else {
      this.#storage = this.#allocate(before.table);
      if (this.#storage.holder === 'userspace') return;
    }
    this.#traceTable();
  }

  #traceTable(): void {
    const address = TABLES_AT + (BigInt(this.liobn) << BigInt(TABLES_SHIFT));
    this.system.trace.point('spapr_iommu_new_table', this.liobn, address, this.kvmFile?.fd ?? -1);
  }

  /** Storage for the current window, in the kernel if it takes the table; filled with `contents`. */
  #allocate(contents?: PageTable): Storage {
    const file = this.#createInKernel();
    if (file === undefined)
      return { holder: 'userspace', table: contents ?? new PageTable(this.#window.entries) };
    if (contents !== undefined) file.table.copyFrom(contents);
    return { holder: 'kvm', table: file.table, file };
  }

  #createInKernel(): KvmTceFile | undefined {
    const { kvm } = this;
    if (kvm === undefined || (this.needVfio && !kvm.updatesHostTables)) return undefined;
    try {
      const file = kvm.createTceTable(this.liobn, this.#window);
      if (file === undefined || this.#isServedBy(file)) return file;
      file.close();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.system.report(`KVM: Failed to create TCE table for liobn 0x${this.liobn.toString(16)}`);
    }
    return undefined;
  }

  /** Whether nobody would miss anything if the kernel had the table. */
  #isServedBy(file: KvmTceFile): boolean {
    if (!this.needVfio) return true;
    if (this.kvm?.updatesHostTables !== true) return false;
    return this.#region.notifiers.every(notifier => notifier.acceptKernelTable?.(file) === true);
  }

  #release(): void {
    if (this.#storage.holder === 'kvm') this.#storage.file.close();
  }

  protected override onUnrealize(): void {
    this.disable();
    this.#region.destroy();
    this.root.destroy();
  }
}

/** The window as a memory region: what a listener of the DMA address space sees. */
class TceRegion extends IommuMemoryRegion {
  constructor(
    private readonly table: TceTable,
    label: string,
  ) {
    super(table, label, 0n, 'spapr-iommu-memory-region');
  }

  get pageShift(): number {
    return this.table.window.pageShift;
  }

  override get liobn(): number {
    return this.table.liobn;
  }

  entryChanged(index: number, low: number, high: number): void {
    this.notifyAll(index, low, high);
  }

  runChanged(first: number, end: number): void {
    const { entries: table, window } = this.table;
    this.notifyAllOfRun({ table, first, end, pageShift: window.pageShift, base: 0n });
  }

  override *translations(start: bigint, end: bigint): Iterable<TranslationRun> {
    const { entries: table, window } = this.table;
    const { pageShift, entries } = window;
    const first = Number(start >> BigInt(pageShift));
    const last = Number(end >> BigInt(pageShift));
    yield { table, first, end: Math.min(last + 1, entries), pageShift, base: 0n };
  }

  override notifiersChanged(): void {
    this.table.followersChanged();
  }
}

export const TCE_TABLE_TYPES: readonly TypeInfo[] = [
  // As a sample of its type: the real ones are made by their host bridges.
  {
    name: 'spapr-tce-table',
    parent: 'device',
    create: type => new Device(type),
    class: { userCreatable: false },
  },
  { name: 'spapr-iommu-memory-region', parent: 'iommu-memory-region' },
];
