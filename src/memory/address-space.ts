import { readView, writeView } from './access.ts';
import type { FlatRange } from './flat-view.ts';
import type { MemoryRegion } from './region.ts';

/** A range of an address space, as a listener sees it. */
export interface MemorySection extends FlatRange {
  readonly space: AddressSpace;
}

/** Is told how the ranges of an address space change. Removals come before additions, ascending both. */
export interface MemoryListener {
  regionAdd(section: MemorySection): void;
  regionDel(section: MemorySection): void;
}

/** What a master on some bus sees of the machine: the flattened view of a tree of regions. */
export class AddressSpace {
  readonly #listeners: MemoryListener[] = [];
  #view: readonly FlatRange[] = [];
  #stale = true;
  /** Depth of changes that are to be seen as one. */
  #held = 0;
  #changedWhileHeld = false;

  constructor(
    readonly name: string,
    readonly root: MemoryRegion,
  ) {
    root.addRoot(this);
  }

  /** The current ranges, ascending. Made only when somebody looks. */
  get view(): readonly FlatRange[] {
    if (this.#stale) {
      this.#view = this.root.flatten();
      this.#stale = false;
    }
    return this.#view;
  }

  /** The range that holds an address. */
  find(address: bigint): FlatRange | undefined {
    return this.view.find(range => address >= range.start && address < range.start + range.size);
  }

  /** What a processor reads here. @param length bytes @see readView */
  read(address: bigint, length: number): Uint8Array {
    return readView(this.view, address, length);
  }

  /** What a processor writes here. @see writeView */
  write(address: bigint, bytes: Uint8Array): void {
    writeView(this.view, address, bytes);
  }

  /**
   * Registers a listener and tells it of everything already there. The listener stays registered if it
   * throws on the way: the caller unregisters it, and so takes back what was told.
   */
  addListener(listener: MemoryListener): void {
    const present = this.view;
    this.#listeners.push(listener);
    for (const range of present) listener.regionAdd({ ...range, space: this });
  }

  /** Tells the listener that everything goes, and forgets it. */
  removeListener(listener: MemoryListener): void {
    const index = this.#listeners.indexOf(listener);
    if (index < 0) return;
    this.#listeners.splice(index, 1);
    for (const range of this.view) listener.regionDel({ ...range, space: this });
  }

  /** For `MemoryRegion.asOneChange`: until `release`, the view stays what it is. */
  hold(): void {
    this.#held++;
  }

  release(): void {
    if (--this.#held > 0 || !this.#changedWhileHeld) return;
    this.#changedWhileHeld = false;
    this.update();
  }

  /** For `MemoryRegion`: something below the root changed. */
  update(): void {
    if (this.#held > 0) {
      this.#changedWhileHeld = true;
      return;
    }
    if (this.#listeners.length === 0) {
      this.#stale = true;
      return;
    }
    const before = this.view;
    this.#stale = true;
    const after = this.view;
    const gone = before.filter(range => !after.some(other => same(range, other)));
    const come = after.filter(range => !before.some(other => same(range, other)));
    for (const listener of [...this.#listeners]) {
      for (const range of gone) listener.regionDel({ ...range, space: this });
      for (const range of come) listener.regionAdd({ ...range, space: this });
    }
  }

  destroy(): void {
    this.root.removeRoot(this);
  }
}

function same(a: FlatRange, b: FlatRange): boolean {
  return (
    a.region === b.region &&
    a.start === b.start &&
    a.size === b.size &&
    a.offset === b.offset &&
    a.readonly === b.readonly &&
    a.nonvolatile === b.nonvolatile
  );
}
