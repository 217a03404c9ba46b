import { QmpError } from '../base/errors.ts';
import type { MemoryDeviceInfo } from '../generated/types.ts';
import { MemoryRegion } from '../memory/region.ts';
import { DIMM_SLOT_UNASSIGNED, dimmAddress, dimmSlot } from './dimm-place.ts';
import type { Machine } from './machine.ts';
import type { PcDimm } from './pc-dimm.ts';
import { memory } from './properties.ts';

const MAX_ADDRESS = 2n ** 64n;

/** A part of the address space, in bytes; `end` is exclusive. */
interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

/** The sockets for memory modules, and the part of the address space that is kept for what is in them. */
export class MemoryDevices {
  #region: MemoryRegion | undefined;
  /** Ascending by address. */
  readonly #dimms: PcDimm[] = [];

  constructor(private readonly machine: Machine) {}

  /** Where the modules are seen; undefined for a machine that takes none. */
  get region(): MemoryRegion | undefined {
    return this.#region;
  }

  /** Keeps a part of the machine's address space for modules. @param base @param size bytes */
  reserve(base: bigint, size: bigint): void {
    this.#region = new MemoryRegion(this.machine, 'device-memory', size);
    this.machine.systemMemory.addSubregion(base, this.#region);
  }

  /** NUMA nodes that a module can be near to. */
  get nodeCount(): number {
    return this.machine.numa.nodeCount;
  }

  get dimms(): readonly PcDimm[] {
    return this.#dimms;
  }

  /** Bytes in all modules. */
  get pluggedMemory(): bigint {
    return this.#dimms.reduce((sum, { size }) => sum + size, 0n);
  }

  /** As `query-memory-devices` shows them. */
  describe(): readonly MemoryDeviceInfo[] {
    return this.#dimms.map(dimm => dimm.describe());
  }

  /**
   * Finds a module its socket and its place, those that the user named or the first that are free.
   * @throws QmpError
   */
  place(dimm: PcDimm): void {
    dimm.setValue(dimmSlot, this.#freeSlot(dimm.value(dimmSlot)));
    const { size } = dimm.region;
    const { size: ramSize, maxSize } = this.machine.value(memory);
    const used = this.pluggedMemory;
    if (used + size > maxSize - ramSize) {
      throw new QmpError(
        `not enough space, currently ${hex(used)} in use of total space for memory devices ${hex(maxSize - ramSize)}`,
      );
    }
    const wanted = dimm.value(dimmAddress);
    dimm.setValue(dimmAddress, this.#freeAddress(wanted === 0n ? undefined : wanted, size, dimm.alignment));
  }

  /** @param wanted a slot's number, or `DIMM_SLOT_UNASSIGNED` for any */
  #freeSlot(wanted: number): number {
    const slots = Number(this.machine.value(memory).slots);
    const isAny = wanted === DIMM_SLOT_UNASSIGNED;
    if (!isAny && (wanted < 0 || wanted >= slots)) {
      // Without slots the last one has the number -1, which is shown without a sign.
      const last = BigInt.asUintN(64, BigInt(slots) - 1n);
      throw new QmpError(`invalid slot number ${wanted}, valid range is [0-${last}]`);
    }
    if (slots === 0) throw new QmpError("no slots where allocated, please specify the 'slots' option");
    const busy = new Set(this.#dimms.map(dimm => dimm.slot));
    if (!isAny) {
      if (busy.has(wanted)) throw new QmpError(`slot ${wanted} is busy`);
      return wanted;
    }
    for (let slot = 0; slot < slots; slot++) if (!busy.has(slot)) return slot;
    throw new QmpError('no free slots available');
  }

  /** @param wanted the address that the user named */
  #freeAddress(wanted: bigint | undefined, size: bigint, alignment: bigint): bigint {
    const space = this.#space;
    if (space === undefined) {
      throw new QmpError(
        'memory devices (e.g. for memory hotplug) are not enabled, please specify the maxmem option',
      );
    }
    if (space.start % alignment !== 0n) {
      this.machine.environment.report(
        `warning: the alignment (${hex(alignment)}) exceeds the expected maximum alignment, memory will get ` +
          "fragmented and not all 'maxmem' might be usable for memory devices.",
      );
    }
    if (wanted !== undefined && wanted % alignment !== 0n)
      throw new QmpError(`address must be aligned to ${hex(alignment)} bytes`);
    if (size % alignment !== 0n)
      throw new QmpError(`backend memory size must be multiple of ${hex(alignment)}`);
    return wanted === undefined
      ? this.#firstFit(space, size, alignment)
      : this.#checkRange(space, { start: wanted, end: wanted + size });
  }

  #checkRange(space: Range, range: Range): bigint {
    if (range.start < space.start || range.end > space.end) {
      const text = ({ start, end }: Range) => `[${hex(start)}:${hex(end - start)}]`;
      throw new QmpError(
        `can't add memory device ${text(range)}, usable range for memory devices ${text(space)}`,
      );
    }
    const other = this.#dimms.find(
      dimm => dimm.address < range.end && range.start < dimm.address + dimm.size,
    );
    if (other !== undefined) {
      throw new QmpError(`address range conflicts with memory device id='${other.id ?? '(unnamed)'}'`);
    }
    return range.start;
  }

  #firstFit(space: Range, size: bigint, alignment: bigint): bigint {
    let address = alignUp(space.start, alignment);
    for (const dimm of this.#dimms) {
      if (address + size <= dimm.address) break;
      if (dimm.address + dimm.size > address) address = alignUp(dimm.address + dimm.size, alignment);
    }
    if (address + size > space.end || address + size > MAX_ADDRESS) {
      throw new QmpError(
        'could not find position in guest address space for memory device - memory fragmented due to alignments',
      );
    }
    return address;
  }

  get #space(): Range | undefined {
    if (this.#region === undefined) return undefined;
    const start = this.#region.address;
    return { start, end: start + this.#region.size };
  }

  /** Makes a module's memory seen where it was placed. */
  map(dimm: PcDimm): void {
    const { region, address } = dimm;
    if (this.#region === undefined) throw new Error('the machine takes no memory modules');
    const behind = this.#dimms.findIndex(other => other.address > address);
    this.#dimms.splice(behind < 0 ? this.#dimms.length : behind, 0, dimm);
    this.machine.process.addMemory(address, dimm.size, dimm.pageSize);
    this.#region.addSubregion(address - this.#region.address, region);
  }

  unmap(dimm: PcDimm): void {
    this.#region?.removeSubregion(dimm.region);
    this.machine.process.removeMemory(dimm.address, dimm.size);
    this.#dimms.splice(this.#dimms.indexOf(dimm), 1);
  }
}

function alignUp(value: bigint, alignment: bigint): bigint {
  return ((value + alignment - 1n) / alignment) * alignment;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
