import { QmpError } from '../base/errors.ts';
import { nvdimmStays, PcDimm } from '../machine/pc-dimm.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import { drcIndexOf } from './dr-connector.ts';
import { LmbConnector } from './lmb-connector.ts';
import type { SpaprMachine } from './machine.ts';
import { LMB_SIZE } from './memory-rules.ts';
import { checkNvdimm, plugNvdimm } from './nvdimm-hotplug.ts';

const MIB = 1n << 20n;

/** Coming and going of memory modules: the guest sees them as blocks, each with a connector of its own. */
export class MemoryHotplug implements HotplugHandler {
  /** How many blocks of a module that is to go the guest still has. */
  readonly #leaving = new Map<PcDimm, number>();

  constructor(private readonly machine: SpaprMachine) {}

  get hotplugObject(): SpaprMachine {
    return this.machine;
  }

  /** Has connectors for the blocks of a range of memory. @param address @param size bytes, multiples of a block */
  addConnectors(address: bigint, size: bigint): void {
    const blocks = drcIndexOf('lmb', 0);
    this.machine.connectors.cover({
      owner: this.machine,
      first: blocks + Number(address / LMB_SIZE),
      count: Number(size / LMB_SIZE),
      type: 'spapr-drc-lmb',
      hotplugged: false,
      make: index => new LmbConnector(this.machine, index - blocks, this.machine),
    });
  }

  prePlug(device: Device): void {
    if (!(device instanceof PcDimm)) return;
    if (!this.machine.version.hasMemoryHotplug)
      throw new QmpError('Memory hotplug not supported for this machine');
    if (device.persistence !== undefined) checkNvdimm(this.machine, device, device.persistence);
    else if (device.size % LMB_SIZE !== 0n)
      throw new QmpError(`Hotplugged memory size must be a multiple of ${LMB_SIZE / MIB} MB`);
    this.machine.memoryDevices.place(device);
  }

  plug(device: Device): void {
    if (!(device instanceof PcDimm)) return;
    if (device.persistence !== undefined) {
      plugNvdimm(this.machine, device);
      return;
    }
    const blocks = this.#blocksOf(device);
    for (const block of blocks) {
      block.attach(device);
      if (!device.hotplugged) block.onReset();
    }
    if (device.hotplugged) this.#notify('add', device, blocks);
  }

  unplugRequest(device: Device): void {
    if (!(device instanceof PcDimm)) return;
    if (device.persistence !== undefined) throw nvdimmStays();
    if (this.#leaving.has(device))
      throw new QmpError(`Memory unplug already in progress for device ${device.id ?? '(null)'}`);
    // Some may be gone already: those that the guest had let go of before it refused the others.
    const blocks = this.#blocksOf(device).filter(block => block.device === device);
    this.#leaving.set(device, blocks.length);
    for (const block of blocks) block.requestUnplug();
    if (this.#leaving.has(device)) this.#notify('remove', device, blocks);
  }

  /** For `LmbConnector`: the guest has let go of a block. */
  blockReleased(dimm: PcDimm): void {
    const left = (this.#leaving.get(dimm) ?? 1) - 1;
    this.#leaving.set(dimm, left);
    if (left > 0) return;
    this.#leaving.delete(dimm);
    dimm.remove();
  }

  /** For `LmbConnector`: the guest wants to keep a block, and so keeps the module. */
  unplugRefused(dimm: PcDimm): void {
    this.#leaving.delete(dimm);
    for (const block of this.#blocksOf(dimm)) block.forgetUnplug();
    const msg = `Memory hotunplug rejected by the guest for device ${dimm.id ?? '(null)'}`;
    this.machine.events.emit('MEM_UNPLUG_ERROR', { device: dimm.id ?? '', msg });
    this.machine.announceRefusal(dimm);
  }

  /** Blocks are counted from 0: a module that does not begin with a block has the one that it begins in. */
  #blocksOf({ address, size }: PcDimm): readonly LmbConnector[] {
    return Array.from({ length: Number(size / LMB_SIZE) }, (_, index) => {
      const number = Number(address / LMB_SIZE) + index;
      const block = this.machine.connectors.get(drcIndexOf('lmb', number));
      if (!(block instanceof LmbConnector))
        throw new Error(`no connector for memory at 0x${address.toString(16)}`);
      return block;
    });
  }

  #notify(action: 'add' | 'remove', { id: device }: PcDimm, blocks: readonly LmbConnector[]): void {
    const [first] = blocks;
    if (first === undefined) return;
    const { index: drcIndex } = first;
    this.machine.notifyGuest({ kind: 'hotplug', action, drcIndex, count: blocks.length, device });
  }
}
