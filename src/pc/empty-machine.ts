import { QmpError } from '../base/errors.ts';
import type { ACPIOSTInfo, CpuInfoFast, CpuInstanceProperties, HotpluggableCPU } from '../generated/types.ts';
import { buildEmptyBoard } from '../machine/empty-board.ts';
import type { PciBus } from '../pci/bus.ts';
import { PcMachine } from './machine.ts';

/** A machine of this architecture with nothing on its board. All types are there to be asked about. */
export class EmptyPcMachine extends PcMachine {
  protected override settleDefaults(): void {
    this.system.acceptsSystemDevice = () => false;
  }

  protected override buildBoard(): void {
    buildEmptyBoard(this);
    if (this.config.cpuModel === undefined) return;
    // There must be such a model, but nobody gives a processor its number.
    this.processorType();
    throw new QmpError('apic-id property was not initialized properly');
  }

  protected override runFirmware(): void {}

  override powerdown(): void {
    this.events.emit('POWERDOWN');
  }

  override get cpus(): readonly CpuInfoFast[] {
    return [];
  }

  override get hotpluggableCpus(): readonly HotpluggableCPU[] {
    throw new QmpError("The feature 'query-hotpluggable-cpus' is not enabled");
  }

  override get acpiStatus(): readonly ACPIOSTInfo[] {
    throw new QmpError('command is not supported, missing ACPI device');
  }

  override get processorPlaces(): readonly CpuInstanceProperties[] {
    return [];
  }

  override get hasNode(): boolean {
    return false;
  }

  override get pciRoots(): readonly PciBus[] {
    return [];
  }
}
