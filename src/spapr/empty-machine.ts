import type { CpuInfoFast, CpuInstanceProperties, HotpluggableCPU } from '../generated/types.ts';
import type { MachineConfig, MachineEnvironment } from '../machine/config.ts';
import { buildEmptyBoard } from '../machine/empty-board.ts';
import { noHotplug } from '../machine/processors.ts';
import { AddressSpace } from '../memory/address-space.ts';
import type { PciBus } from '../pci/bus.ts';
import { Device } from '../qdev/device.ts';
import { QomObject } from '../qom/object.ts';
import type { QomType } from '../qom/type.ts';
import { cpuType } from './cpu-core.ts';
import { SpaprMachine } from './machine.ts';
import { SpaprProcessors } from './processors.ts';

/** There is one, if the user names it, and nothing for it to do. */
class UnplacedProcessors extends SpaprProcessors {
  #only: Device | undefined;

  override addFirst(): void {
    const { type, system, systemMemory } = this.machine;
    const processor = type.registry.create(cpuType(this.model));
    if (!(processor instanceof Device)) throw new Error(`${processor.type.name} is no processor`);
    system.unattached.addChild('device[*]', processor);
    for (let pin = 0; pin < this.model.pins; pin++)
      processor.addChild('unnamed-gpio-in[*]', new QomObject(type.registry.require('irq')));
    processor.realize();
    new AddressSpace('cpu-memory-0', systemMemory);
    this.#only = processor;
  }

  override get info(): readonly CpuInfoFast[] {
    const { target } = this.machine;
    if (this.#only === undefined) return [];
    return [{ 'cpu-index': 0, 'qom-path': this.#only.path, 'thread-id': process.pid, target }];
  }

  override get places(): readonly CpuInstanceProperties[] {
    return [];
  }

  override get hotpluggable(): readonly HotpluggableCPU[] {
    throw noHotplug();
  }
}

/** A machine of this architecture with nothing on its board. All types are there to be asked about. */
export class EmptySpaprMachine extends SpaprMachine {
  constructor(type: QomType, config: MachineConfig, environment: MachineEnvironment) {
    super(type, config, environment);
    const { system } = this;
    system.mainBus.hotplugHandler = undefined;
    system.machineHotplugHandler = () => undefined;
    system.acceptsSystemDevice = () => false;
  }

  protected override makeProcessors(): SpaprProcessors {
    return new UnplacedProcessors(this);
  }

  protected override buildBoard(): void {
    buildEmptyBoard(this);
    if (this.config.cpuModel !== undefined) this.processors.addFirst();
  }

  protected override checkAccelerator(): void {}

  override get hasNode(): boolean {
    return false;
  }

  override get pciRoots(): readonly PciBus[] {
    return [];
  }
}
