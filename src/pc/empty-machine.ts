import { QmpError } from '../base/errors.ts';
import type { ACPIOSTInfo, CpuInstanceProperties, HotpluggableCPU } from '../generated/types.ts';
import { buildEmptyBoard } from '../machine/empty-board.ts';
import { noHotplug } from '../machine/processors.ts';
import type { PciBus } from '../pci/bus.ts';
import { PcMachine } from './machine.ts';
import { PcProcessors } from './processors.ts';

/** There cannot be any. */
class UnplacedProcessors extends PcProcessors {
  override addFirst(): void {
    // There must be such a model, but nobody gives a processor its number.
    void this.type;
    throw new QmpError('apic-id property was not initialized properly');
  }

  override get places(): readonly CpuInstanceProperties[] {
    return [];
  }

  override get hotpluggable(): readonly HotpluggableCPU[] {
    throw noHotplug();
  }
}

/** A machine of this architecture with nothing on its board. All types are there to be asked about. */
export class EmptyPcMachine extends PcMachine {
  protected override settleDefaults(): void {
    this.system.acceptsSystemDevice = () => false;
  }

  protected override makeProcessors(): PcProcessors {
    return new UnplacedProcessors(this);
  }

  protected override buildBoard(): void {
    buildEmptyBoard(this);
    if (this.config.cpuModel !== undefined) this.processors.addFirst();
  }

  protected override runFirmware(): void {}

  override powerdown(): void {
    this.events.emit('POWERDOWN');
  }

  override get acpiStatus(): readonly ACPIOSTInfo[] {
    throw new QmpError('command is not supported, missing ACPI device');
  }

  override get hasNode(): boolean {
    return false;
  }

  override get pciRoots(): readonly PciBus[] {
    return [];
  }
}
