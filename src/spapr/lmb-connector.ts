import { PcDimm } from '../machine/pc-dimm.ts';
import type { QomObject } from '../qom/object.ts';
import { LogicalDrConnector, RTAS_HARDWARE_ERROR } from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';

/** The connector of one block of memory; a module has as many as it has blocks. */
export class LmbConnector extends LogicalDrConnector {
  constructor(owner: QomObject, drcId: number, machine: SpaprMachine) {
    super(owner, 'lmb', drcId, machine);
  }

  /** A guest that was asked for some amount of memory may choose blocks of a module that is to stay. */
  override isolate(): number {
    const isUsed = this.state === 'unisolated' || this.state === 'configured';
    return isUsed && !this.unplugRequested ? RTAS_HARDWARE_ERROR : super.isolate();
  }

  /** The module stays with all its blocks. */
  protected override cancelUnplug(): void {
    if (this.device instanceof PcDimm) this.machine.memoryHotplug.unplugRefused(this.device);
    super.cancelUnplug();
  }

  /** What the machine does when the module is kept after all. */
  forgetUnplug(): void {
    this.unplugRequested = false;
  }

  /** The module goes with the last of its blocks. */
  protected override release(): void {
    const { device } = this;
    this.detach();
    if (device instanceof PcDimm) this.machine.memoryHotplug.blockReleased(device);
  }
}
