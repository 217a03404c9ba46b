import { QmpError } from '../base/errors.ts';
import type { CpuInfoFast, CpuInstanceProperties, HotpluggableCPU } from '../generated/types.ts';
import { noHotplug, type Processors } from '../machine/processors.ts';
import { smp } from '../machine/properties.ts';
import { type CpuThread, coreId, coreType, SpaprCpuCore, threadCount } from './cpu-core.ts';
import { type CpuModel, findCpuModel } from './cpu-models.ts';
import type { SpaprMachine } from './machine.ts';
import { vsmt } from './properties.ts';

/** Processors that come and go as whole cores. */
export class SpaprProcessors implements Processors {
  /** What all of them are. */
  readonly model: CpuModel;
  readonly #threads: CpuThread[] = [];
  #places: readonly CpuInstanceProperties[] | undefined;

  /** @throws QmpError if there is no such model */
  constructor(protected readonly machine: SpaprMachine) {
    const wanted = machine.config.cpuModel ?? machine.version.cpuModel;
    const model = findCpuModel(wanted);
    if (model === undefined) throw new QmpError(`unable to find CPU model '${wanted}'`);
    this.model = model;
  }

  /** Puts those into their places that are there from the start. */
  addFirst(): void {
    const { machine } = this;
    const { cpus, threads } = machine.value(smp);
    machine.system.processors = cpus;
    for (let first = 0; first < cpus; first += threads) {
      const core = machine.type.registry.create(coreType(this.model));
      if (!(core instanceof SpaprCpuCore)) throw new Error(`${core.type.name} is no core`);
      core.setValue(coreId, first);
      core.setValue(threadCount, Math.min(threads, cpus - first));
      machine.system.unattached.addChild('device[*]', core);
      core.realize();
    }
  }

  /** For `CpuThread`. */
  addThread(thread: CpuThread): void {
    this.#threads.push(thread);
  }

  removeThread(thread: CpuThread): void {
    this.#threads.splice(this.#threads.indexOf(thread), 1);
  }

  /** By which firmware and the hypervisor name a thread: cores are `vsmt` apart. */
  vcpuId(cpuIndex: number): number {
    const { machine, threadsPerPlace } = this;
    return (
      Math.floor(cpuIndex / threadsPerPlace) * Number(machine.value(vsmt)) + (cpuIndex % threadsPerPlace)
    );
  }

  /** The core of which `firstThread` is the first thread. */
  coreAt(firstThread: number): SpaprCpuCore | undefined {
    return this.#threads.find(({ core }) => core.firstThread === firstThread)?.core;
  }

  get info(): readonly CpuInfoFast[] {
    const { numa, target } = this.machine;
    return this.#threads.map(({ cpuIndex, core, path }) => ({
      'cpu-index': cpuIndex,
      'qom-path': path,
      'thread-id': process.pid,
      props: numa.place(core.firstThread / this.threadsPerPlace),
      target,
    }));
  }

  get hotpluggable(): readonly HotpluggableCPU[] {
    if (!this.machine.version.hasCpuHotplug) throw noHotplug();
    const { threadsPerPlace } = this;
    return this.places
      .map((_, place): HotpluggableCPU => {
        const core = this.coreAt(place * threadsPerPlace);
        return {
          type: coreType(this.model),
          'vcpus-count': threadsPerPlace,
          props: this.machine.numa.place(place),
          ...(core === undefined ? {} : { 'qom-path': core.path }),
        };
      })
      .reverse();
  }

  get places(): readonly CpuInstanceProperties[] {
    const { maxCpus, threads } = this.machine.value(smp);
    this.#places ??= Array.from({ length: Math.ceil(maxCpus / threads) }, (_, place) => {
      return { 'core-id': place * threads };
    });
    return this.#places;
  }

  get threadsPerPlace(): number {
    return this.machine.value(smp).threads;
  }

  /** Node after node, each with as many cores as a socket has. */
  defaultNode(place: number, nodeCount: number): number {
    return Math.floor(place / this.machine.value(smp).cores) % nodeCount;
  }
}
