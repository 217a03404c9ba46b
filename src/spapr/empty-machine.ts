import type { CpuInfoFast, CpuInstanceProperties } from '../generated/types.ts';
import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { buildEmptyBoard } from '../machine/empty-board.ts';
import { AddressSpace } from '../memory/address-space.ts';
import type { PciBus } from '../pci/bus.ts';
import { Device } from '../qdev/device.ts';
import { QomObject } from '../qom/object.ts';
import type { QomType } from '../qom/type.ts';
import { cpuType } from './cpu-core.ts';
import { SpaprMachine } from './machine.ts';

/** A machine of this architecture with nothing on its board. All types are there to be asked about. */
export class EmptySpaprMachine extends SpaprMachine {
  #processor: Device | undefined;

  constructor(type: QomType, config: MachineConfig, environment: MachineEnvironment) {
    super(type, config, environment);
    const { system } = this;
    system.mainBus.hotplugHandler = undefined;
    system.machineHotplugHandler = () => undefined;
    system.acceptsSystemDevice = () => false;
  }

  /** There is a processor, if the user names one, and nothing for it to do. */
  protected override buildBoard(): void {
    buildEmptyBoard(this);
    if (this.config.cpuModel === undefined) return;
    const processor = this.type.registry.create(cpuType(this.cpuModel));
    if (!(processor instanceof Device)) throw new Error(`${processor.type.name} is no processor`);
    this.system.unattached.addChild('device[*]', processor);
    for (let pin = 0; pin < this.cpuModel.pins; pin++)
      processor.addChild('unnamed-gpio-in[*]', new QomObject(this.type.registry.require('irq')));
    processor.realize();
    new AddressSpace('cpu-memory-0', this.systemMemory);
    this.#processor = processor;
  }

  protected override checkAccelerator(): void {}

  override get cpus(): readonly CpuInfoFast[] {
    const { target } = this;
    if (this.#processor === undefined) return [];
    return [{ 'cpu-index': 0, 'qom-path': this.#processor.path, 'thread-id': process.pid, target }];
  }

  override get hasHotpluggableCpus(): boolean {
    return false;
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
