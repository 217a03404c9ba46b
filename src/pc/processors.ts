import { QmpError } from '../base/errors.ts';
import type { CpuInfoFast, CpuInstanceProperties, HotpluggableCPU } from '../generated/types.ts';
import type { Processors } from '../machine/processors.ts';
import { smp } from '../machine/properties.ts';
import { applyGlobals, type QomType } from '../qom/type.ts';
import { cpuType, X86Cpu } from './cpu.ts';
import { describePlace, placeOf } from './cpu-places.ts';
import type { PcMachine } from './machine.ts';

const DEFAULT_MODEL = 'qemu64';
/** Whatever the host's processor is. */
const HOST_MODEL = 'host';

/** Processors that come and go by single threads. */
export class PcProcessors implements Processors {
  readonly threadsPerPlace = 1;
  readonly #all: X86Cpu[] = [];
  #places: readonly CpuInstanceProperties[] | undefined;

  constructor(private readonly machine: PcMachine) {}

  /** In the order in which they came. */
  get all(): readonly X86Cpu[] {
    return this.#all;
  }

  /** What each of them is. @throws QmpError if there is no such model, or it takes KVM */
  get type(): QomType {
    const { config, accelerator, type } = this.machine;
    const model = config.cpuModel ?? DEFAULT_MODEL;
    if (model === HOST_MODEL && accelerator !== 'kvm')
      throw new QmpError(`CPU model '${HOST_MODEL}' requires KVM or HVF`);
    const found = type.registry.get(cpuType(model));
    if (found === undefined) throw new QmpError(`unable to find CPU model '${model}'`);
    return found;
  }

  /** Puts those into their places that are there from the start. */
  addFirst(): void {
    const { machine, type } = this;
    const topology = machine.value(smp);
    machine.system.processors = topology.cpus;
    for (let index = 0; index < topology.cpus; index++) {
      const processor = applyGlobals(new X86Cpu(type, machine));
      processor.place(index, topology, machine.numa.nodeOf(index));
      machine.system.unattached.addChild('device[*]', processor);
      processor.realize();
      this.add(processor);
      if (index === 0) machine.addLocalApicHelper();
    }
  }

  add(processor: X86Cpu): void {
    this.#all.push(processor);
  }

  remove(processor: X86Cpu): void {
    const position = this.#all.indexOf(processor);
    if (position >= 0) this.#all.splice(position, 1);
  }

  /** The processor at a place. */
  at(index: number): X86Cpu | undefined {
    return this.#all.find(each => each.index === index);
  }

  get info(): readonly CpuInfoFast[] {
    const { numa, target } = this.machine;
    return this.#all.map(({ index, path }) => ({
      'cpu-index': index,
      'qom-path': path,
      'thread-id': process.pid,
      props: numa.place(index),
      target,
    }));
  }

  get hotpluggable(): readonly HotpluggableCPU[] {
    const type = this.type.name;
    return this.places
      .map((_, index): HotpluggableCPU => {
        const processor = this.at(index);
        return {
          type,
          'vcpus-count': 1,
          props: this.machine.numa.place(index),
          ...(processor === undefined ? {} : { 'qom-path': processor.path }),
        };
      })
      .reverse();
  }

  get places(): readonly CpuInstanceProperties[] {
    const topology = this.machine.value(smp);
    this.#places ??= Array.from({ length: topology.maxCpus }, (_, index) =>
      describePlace(placeOf(index, topology), topology),
    );
    return this.#places;
  }

  /** Sockets in turn. */
  defaultNode(place: number, nodeCount: number): number {
    const { dies, cores, threads } = this.machine.value(smp);
    return Math.floor(place / (threads * cores * dies)) % nodeCount;
  }
}
