import { QomObject } from '../qom/object.ts';
import { linkProperty, type Property } from '../qom/property.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import type { AddressSpace } from './address-space.ts';
import { renderRegion } from './flat-view.ts';
import { RamContents } from './ram.ts';

/** The size of a region that covers all of a 64-bit address space. */
export const WHOLE_SPACE = 2n ** 64n;

/**
 * What stands behind a region's addresses. `ram`: guest memory, which the VFIO listener maps;
 * `romd`: memory that is written through a device, which it does not map; `io`: registers of an emulated device; `container`: nothing but its subregions.
 */
export type RegionKind = 'container' | 'io' | 'ram' | 'rom' | 'romd' | 'iommu';

/** What answers to reads and writes in a region of registers. Numbers are unsigned, little-endian. */
export interface RegisterAccess {
  /** @param offset bytes from the region's start; @param size 1, 2 or 4 bytes */
  read(offset: number, size: number): number;
  write(offset: number, size: number, value: number): void;
}

export interface Alias {
  readonly target: MemoryRegion;
  /** Offset into the target, bytes. */
  readonly offset: bigint;
}

/**
 * A range of addresses with something behind it, placed in a container at an offset; an address space
 * is what such a tree looks like from its root. Changes take effect in the address spaces at once.
 */
export class MemoryRegion extends QomObject {
  #size: bigint;
  #container: MemoryRegion | undefined;
  #address = 0n;
  #priority = 0;
  #enabled = true;
  /** Memory that cannot be written here; for an alias, through here. Constant once the region is placed. */
  readonly: boolean;
  /** Memory whose contents stay; for an alias, as seen through here. */
  nonvolatile = false;
  /** Registers without it read as ones and take no notice of writes. */
  registers: RegisterAccess | undefined;
  #contents: RamContents | undefined;
  readonly #subregions: MemoryRegion[] = [];
  readonly #aliases = new Set<MemoryRegion>();
  readonly #roots = new Set<AddressSpace>();

  /**
   * @param owner gets the region as child `label[N]`
   * @param size bytes; `WHOLE_SPACE` for all of 64 bits
   */
  constructor(
    owner: QomObject,
    readonly label: string,
    size: bigint,
    readonly kind: RegionKind = 'container',
    readonly alias: Alias | undefined = undefined,
    type: QomType = owner.type.registry.require('memory-region'),
  ) {
    super(type);
    this.#size = size;
    this.readonly = kind === 'rom';
    if (alias !== undefined) alias.target.#aliases.add(this);
    owner.addChild(`${label}[*]`, this);
  }

  get size(): bigint {
    return this.#size;
  }

  set size(size: bigint) {
    if (size === this.#size) return;
    this.#size = size;
    this.#changed();
  }

  get container(): MemoryRegion | undefined {
    return this.#container;
  }

  /** Offset in the container, bytes. */
  get address(): bigint {
    return this.#address;
  }

  get priority(): number {
    return this.#priority;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(enabled: boolean) {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    this.#changed();
  }

  /** Highest priority first; of equal priority, the later one first. */
  get subregions(): readonly MemoryRegion[] {
    return this.#subregions;
  }

  /** Places `region` at `address`; where regions overlap the higher priority is seen. */
  addSubregion(address: bigint, region: MemoryRegion, priority = 0): void {
    region.#container = this;
    region.#address = address;
    region.#priority = priority;
    const behind = this.#subregions.findIndex(other => other.#priority <= priority);
    this.#subregions.splice(behind < 0 ? this.#subregions.length : behind, 0, region);
    this.#changed();
  }

  removeSubregion(region: MemoryRegion): void {
    const index = this.#subregions.indexOf(region);
    if (index < 0) return;
    this.#subregions.splice(index, 1);
    region.#container = undefined;
    this.#changed();
  }

  /** What is in memory, be it the guest's or a ROM; undefined where there is something else. */
  get contents(): RamContents | undefined {
    if (this.kind === 'ram' || this.kind === 'rom' || this.kind === 'romd')
      this.#contents ??= new RamContents();
    return this.#contents;
  }

  /** Takes the region out of its container, its owner's tree and its alias target's books. */
  destroy(): void {
    this.#container?.removeSubregion(this);
    if (this.alias !== undefined) this.alias.target.#aliases.delete(this);
    this.unparent();
  }

  /** Who made the region; undefined for the machine's own, which QEMU makes without an owner. */
  get owner(): QomObject | undefined {
    return this.parent?.name === 'unattached' ? undefined : this.parent;
  }

  /** The address spaces whose root this region is. */
  get roots(): Iterable<AddressSpace> {
    return this.#roots;
  }

  /** For `AddressSpace`: this region is its root. */
  addRoot(space: AddressSpace): void {
    this.#roots.add(space);
  }

  removeRoot(space: AddressSpace): void {
    this.#roots.delete(space);
  }

  /** Runs changes to regions inside this one, which the address spaces that show it see as one change. */
  asOneChange(changes: () => void): void {
    const spaces = [...this.#spaces()];
    for (const space of spaces) space.hold();
    try {
      changes();
    } finally {
      for (const space of spaces) space.release();
    }
  }

  #changed(): void {
    for (const space of this.#spaces()) space.update();
  }

  /** Every address space that shows this region, through containers and aliases. */
  #spaces(): ReadonlySet<AddressSpace> {
    const spaces = new Set<AddressSpace>();
    const seen = new Set<MemoryRegion>();
    const visit = (region: MemoryRegion) => {
      if (seen.has(region)) return;
      seen.add(region);
      for (const space of region.#roots) spaces.add(space);
      for (const alias of region.#aliases) visit(alias);
      if (region.#container !== undefined) visit(region.#container);
    };
    visit(this);
    return spaces;
  }

  /** The ranges one sees through this region as a root. */
  flatten() {
    return renderRegion(this);
  }
}

function onRegion<T>(read: (region: MemoryRegion) => T, none: T): (object: QomObject) => T {
  return object => (object instanceof MemoryRegion ? read(object) : none);
}

const REGION_PROPERTIES: readonly Property[] = [
  linkProperty(
    'container',
    'memory-region',
    onRegion(region => region.container, undefined),
  ),
  { name: 'addr', type: 'uint64', get: onRegion(region => region.address, 0n) },
  {
    name: 'size',
    type: 'uint64',
    // 2^64 does not fit the property: QEMU shows the largest value that does.
    get: onRegion(region => (region.size === WHOLE_SPACE ? WHOLE_SPACE - 1n : region.size), 0n),
  },
  { name: 'priority', type: 'uint32', get: onRegion(region => region.priority, 0) },
];

export const MEMORY_TYPES: readonly TypeInfo[] = [
  { name: 'memory-region', parent: 'object', instanceProperties: REGION_PROPERTIES },
  { name: 'iommu-memory-region', parent: 'memory-region', abstract: true },
];
