import { DRC_TYPE_NUMBER, type DrConnector } from './dr-connector.ts';
import { LmbConnector } from './lmb-connector.ts';
import type { SpaprMachine } from './machine.ts';
import { LMB_SIZE } from './memory-rules.ts';

const FIRST_LMB_INDEX = (DRC_TYPE_NUMBER.lmb << 28) >>> 0;

/**
 * Every connector of a machine by its index. A block of memory gets its connector when somebody asks for it:
 * a machine that could have terabytes has thousands of them, and mostly needs none.
 */
export class DrConnectors {
  readonly #made = new Map<number, DrConnector>();
  #firstBlock = 0;
  #blockCount = 0;

  constructor(private readonly machine: SpaprMachine) {}

  /** Has connectors for the blocks of a range of memory. @param address @param size bytes, multiples of a block */
  coverMemory(address: bigint, size: bigint): void {
    this.#firstBlock = FIRST_LMB_INDEX + Number(address / LMB_SIZE);
    this.#blockCount = Number(size / LMB_SIZE);
  }

  get(index: number): DrConnector | undefined {
    return this.#made.get(index) ?? (this.#isBlock(index) ? this.#makeBlock(index) : undefined);
  }

  /** The connector of the block of memory at an address. */
  blockAt(address: bigint): LmbConnector | undefined {
    const connector = this.get(FIRST_LMB_INDEX + Number(address / LMB_SIZE));
    return connector instanceof LmbConnector ? connector : undefined;
  }

  add(connector: DrConnector): void {
    this.#made.set(connector.index, connector);
  }

  remove(connector: DrConnector): void {
    this.#made.delete(connector.index);
  }

  /** Those that were needed so far. */
  get made(): Iterable<DrConnector> {
    return this.#made.values();
  }

  /** Indexes of those that nobody has asked for yet. */
  *unmade(): Generator<number> {
    const end = this.#firstBlock + this.#blockCount;
    for (let index = this.#firstBlock; index < end; index++) if (!this.#made.has(index)) yield index;
  }

  #isBlock(index: number): boolean {
    return index >= this.#firstBlock && index < this.#firstBlock + this.#blockCount;
  }

  #makeBlock(index: number): LmbConnector {
    const connector = new LmbConnector(this.machine, index - FIRST_LMB_INDEX, this.machine);
    connector.realize();
    // To those outside it has always been there.
    connector.hotplugged = false;
    this.add(connector);
    return connector;
  }
}
