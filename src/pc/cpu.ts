import type { Topology } from '../machine/topology.ts';
import { AddressSpace } from '../memory/address-space.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import { Device } from '../qdev/device.ts';
import { bit, bool, QdevProperty, uint8 } from '../qdev/properties.ts';
import { applyGlobals, type QomType, type TypeInfo } from '../qom/type.ts';
import { UINT32 } from '../qom/visitor.ts';
import { CPU_MODELS } from './cpu-models.ts';
import { apicIdOf, placeOf } from './cpu-places.ts';
import {
  ANY_CPU_PROPERTIES,
  apicId,
  CPU_INSTANCE_PROPERTIES,
  CPU_PROPERTIES,
  checkFeatures,
  coreId,
  dieId,
  LIKE_HOST_PROPERTIES,
  nodeId,
  settleNumbers,
  socketId,
  threadId,
} from './cpu-properties.ts';
import type { PcMachine } from './machine.ts';
import { ModelledCpu } from './modelled-cpu.ts';

const LOCAL_APIC_ADDRESS = 0xfee00000n;
const LOCAL_APIC_SIZE = 0x100000n;
const LOCAL_APIC_PRIORITY = 4096;
const SMRAM_SIZE = 1n << 32n;
const SMRAM_PRIORITY = 1;

const localApicId = new QdevProperty<number>({
  name: 'id',
  type: 'uint32',
  initial: 0,
  parse: visitor => Number(visitor.integer('id', UINT32)),
  print: value => value,
  isStatic: false,
});

/** A processor with its local interrupt controller. No instruction is ever executed. */
export class X86Cpu extends ModelledCpu {
  /** Number of its place. */
  index = 0;
  readonly #spaces: AddressSpace[] = [];

  constructor(
    type: QomType,
    private readonly machine: PcMachine,
  ) {
    super(type);
  }

  /** @param index number of the processor, threads counting fastest @param node NUMA node, if there are such */
  place(index: number, topology: Topology, node: number | undefined): void {
    const place = placeOf(index, topology);
    this.index = index;
    if (node !== undefined) this.setValue(nodeId, node);
    this.setValue(apicId, apicIdOf(place, topology));
    this.setValue(threadId, place.thread);
    this.setValue(coreId, place.core);
    this.setValue(dieId, place.die);
    this.setValue(socketId, place.socket);
  }

  override get isEmulated(): boolean {
    return this.machine.accelerator !== 'kvm';
  }

  override get hasKvm(): boolean {
    return !this.isEmulated;
  }

  get systemMemory(): MemoryRegion {
    return this.machine.systemMemory;
  }

  get apicId(): number {
    return this.value(apicId);
  }

  protected override onRealize(): void {
    const { systemMemory } = this;
    settleNumbers(this);
    checkFeatures(this);
    this.#spaces.push(new AddressSpace(`cpu-memory-${this.index}`, systemMemory));
    const localApic = applyGlobals(new Device(this.type.registry.require('apic')));
    this.addChild('lapic', localApic);
    localApic.setValue(localApicId, this.apicId);
    localApic.realize();
    const registers = new MemoryRegion(localApic, 'apic-msi', LOCAL_APIC_SIZE, 'io');
    // All are at the same address, and each processor reaches its own: the first stands for all.
    if (this.machine.processors.all.length === 0)
      systemMemory.addSubregion(LOCAL_APIC_ADDRESS, registers, LOCAL_APIC_PRIORITY);
  }

  /** What it sees in system management mode: RAM where others see the display adapter. */
  addManagementView(smram: MemoryRegion): void {
    const view = new MemoryRegion(this, 'memory', WHOLE_SPACE);
    const all = { target: this.machine.systemMemory, offset: 0n };
    view.addSubregion(0n, new MemoryRegion(this, 'memory', WHOLE_SPACE, 'container', all));
    const alias = new MemoryRegion(this, 'smram', SMRAM_SIZE, 'container', { target: smram, offset: 0n });
    view.addSubregion(0n, alias, SMRAM_PRIORITY);
    this.#spaces.push(new AddressSpace(`cpu-smm-${this.index}`, view));
  }

  protected override onUnrealize(): void {
    this.machine.processors.remove(this);
    for (const space of this.#spaces.splice(0)) space.destroy();
  }
}

/** @param machine the machine that the processors become part of */
export function cpuTypes(machine: PcMachine): readonly TypeInfo[] {
  return [
    {
      name: 'apic-common',
      parent: 'device',
      abstract: true,
      properties: [uint8('version', 20), bit('vapic', true), bool('legacy-instance-id', false)],
      instanceProperties: [localApicId],
      create: type => new Device(type),
      class: { userCreatable: false },
    },
    { name: 'apic', parent: 'apic-common' },
    {
      name: 'cpu',
      parent: 'device',
      abstract: true,
      properties: ANY_CPU_PROPERTIES,
      class: { category: 'cpu', userCreatable: true },
    },
    {
      name: 'x86_64-cpu',
      parent: 'cpu',
      abstract: true,
      properties: CPU_PROPERTIES,
      instanceProperties: CPU_INSTANCE_PROPERTIES,
      create: type => new X86Cpu(type, machine),
    },
    ...CPU_MODELS.map(model => ({ name: cpuType(model), parent: 'x86_64-cpu' })),
    { name: cpuType('max'), parent: 'x86_64-cpu', properties: LIKE_HOST_PROPERTIES },
    { name: cpuType('host'), parent: cpuType('max') },
  ];
}

/** The type of processors of a model. */
export function cpuType(model: string): string {
  return `${model}-x86_64-cpu`;
}
