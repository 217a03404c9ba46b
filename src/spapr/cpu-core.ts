import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import { AddressSpace } from '../memory/address-space.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { Device } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { bool, int32 } from '../qdev/properties.ts';
import { QomObject } from '../qom/object.ts';
import type { Property } from '../qom/property.ts';
import { applyGlobals, type QomType, type TypeInfo } from '../qom/type.ts';
import type { Valued } from '../qom/values.ts';
import { INT64, type InputVisitor } from '../qom/visitor.ts';
import { CPU_FAMILIES, CPU_MODELS, type CpuModel } from './cpu-models.ts';
import type { SpaprXive } from './xive.ts';

export const NODE_UNSET = -1;

const memoryLink = new LinkProperty('memory', 'memory-region');
const xicsLink = new LinkProperty('xics', 'xics-fabric');
const cpuLink = new LinkProperty('cpu', 'cpu');
const presenterLink = new LinkProperty('presenter', 'xive-presenter');
export const nodeId = int32('node-id', NODE_UNSET);

/** A number of the core. QEMU lets it be changed even in service, with no effect but on what is shown. */
class CoreNumber implements Valued<number> {
  readonly type = 'int';

  constructor(
    readonly name: string,
    readonly initial: number,
    private readonly check: (value: bigint) => void = () => {},
  ) {}

  get(object: QomObject): JsonValue {
    return object instanceof Device ? object.value(this) : this.initial;
  }

  set(object: QomObject, visitor: InputVisitor): void {
    const value = visitor.integer(this.name, INT64);
    this.check(value);
    if (object instanceof Device) object.setValue(this, Number(BigInt.asIntN(32, value)));
  }
}

export const threadCount = new CoreNumber('nr-threads', 1);
export const coreId = new CoreNumber('core-id', 0, value => {
  if (value < 0n) throw new QmpError(`Invalid core id ${value}`);
});

/** Where a core is put: what its threads are connected to. */
export interface CoreSurroundings {
  readonly machine: QomObject;
  readonly memory: MemoryRegion;
  /** The interrupt controllers that the guest may choose from. */
  readonly xics: boolean;
  readonly xive: SpaprXive | undefined;
  readonly addThread: (thread: CpuThread) => void;
  readonly removeThread: (thread: CpuThread) => void;
}

/** A processor core, which comes and goes as a whole. */
export class SpaprCpuCore extends Device {
  readonly #surroundings: () => CoreSurroundings;
  readonly #model: CpuModel;
  #threads: CpuThread[] = [];

  constructor(type: QomType, model: CpuModel, surroundings: () => CoreSurroundings) {
    super(type);
    this.#model = model;
    this.#surroundings = surroundings;
  }

  get coreId(): number {
    return this.value(coreId);
  }

  /** The core's number when it came, which counts for the machine: users may change what is shown later. */
  get firstThread(): number {
    return this.#threads[0]?.cpuIndex ?? this.coreId;
  }

  get threads(): readonly CpuThread[] {
    return this.#threads;
  }

  protected override onRealize(): void {
    for (let number = 0; number < this.value(threadCount); number++) {
      const type = this.type.registry.require(cpuType(this.#model));
      const thread = new CpuThread(type, this.#model, this, this.coreId + number, this.#surroundings());
      applyGlobals(thread);
      this.addChild(`thread[${number}]`, thread);
      this.#threads.push(thread);
      thread.realize();
    }
  }

  protected override onUnrealize(): void {
    for (const thread of this.#threads.splice(0).reverse()) thread.remove();
  }
}

/** A hardware thread: what the operating system counts as one processor. */
export class CpuThread extends Device {
  #space: AddressSpace | undefined;

  constructor(
    type: QomType,
    private readonly model: CpuModel,
    readonly core: SpaprCpuCore,
    readonly cpuIndex: number,
    private readonly surroundings: CoreSurroundings,
  ) {
    super(type);
  }

  protected override onRealize(): void {
    const { registry } = this.type;
    const { machine, memory, xics, xive } = this.surroundings;
    this.setValue(memoryLink, memory);
    this.setValue(startPoweredOff, true);
    this.#space = new AddressSpace(`cpu-memory-${this.cpuIndex}`, memory);
    for (let pin = 0; pin < this.model.pins; pin++) {
      this.addChild('unnamed-gpio-in[*]', new QomObject(registry.require('irq')));
    }
    if (xics) {
      const presenter = this.addChild('icp', new Device(registry.require('icp')));
      presenter.setValue(xicsLink, machine);
      presenter.setValue(cpuLink, this);
      presenter.realize();
    }
    if (xive !== undefined) {
      const context = this.addChild('xive-tctx', new Device(registry.require('xive-tctx')));
      context.setValue(presenterLink, xive);
      context.setValue(cpuLink, this);
      context.realize();
    }
    this.surroundings.addThread(this);
  }

  protected override onUnrealize(): void {
    this.surroundings.removeThread(this);
    this.#space?.destroy();
    for (const child of [...this.children.values()]) {
      if (child instanceof Device) child.remove();
      else child.unparent();
    }
  }
}

/** Like a core's numbers, free to change at any time. */
const startPoweredOff: Valued<boolean> = {
  name: 'start-powered-off',
  type: 'bool',
  initial: false,
  get: object => object instanceof Device && object.value(startPoweredOff),
  set: (object, visitor) => {
    if (object instanceof Device) object.setValue(startPoweredOff, visitor.bool('start-powered-off'));
  },
};

export function cpuType(model: CpuModel): string {
  return `${model.name}-powerpc64-cpu`;
}

export function coreType(model: CpuModel): string {
  return `${model.name}-spapr-cpu-core`;
}

const NOT_CREATABLE = { userCreatable: false } as const;
const CPU_PROPERTIES: readonly Property[] = [memoryLink, startPoweredOff, legacyText(memoryLink.name)];

/** @param surroundings of cores that users plug */
export function cpuTypes(surroundings: () => CoreSurroundings): readonly TypeInfo[] {
  return [
    {
      name: 'icp',
      parent: 'device',
      properties: [legacyText(xicsLink.name), legacyText(cpuLink.name), xicsLink, cpuLink],
      create: type => new Device(type),
      class: NOT_CREATABLE,
    },
    {
      name: 'xive-tctx',
      parent: 'device',
      properties: [presenterLink, legacyText(cpuLink.name), legacyText(presenterLink.name), cpuLink],
      create: type => new Device(type),
      class: NOT_CREATABLE,
    },
    { name: 'cpu', parent: 'device', abstract: true, properties: CPU_PROPERTIES, class: NOT_CREATABLE },
    {
      name: 'powerpc64-cpu',
      parent: 'cpu',
      abstract: true,
      properties: ['pre-3.0-migration', 'pre-2.8-migration', 'pre-2.10-migration'].map(name =>
        bool(name, false),
      ),
    },
    ...CPU_FAMILIES.map(family => ({
      name: `${family}-family-powerpc64-cpu`,
      parent: 'powerpc64-cpu',
      abstract: true,
    })),
    ...CPU_MODELS.map(model => ({
      name: cpuType(model),
      parent: `${model.family}-family-powerpc64-cpu`,
      // As a sample of its type; the real ones are made by their cores.
      create: (type: QomType) => new Device(type),
    })),
    { name: 'cpu-core', parent: 'device', abstract: true, properties: [threadCount, coreId] },
    { name: 'spapr-cpu-core', parent: 'cpu-core', abstract: true },
    ...CPU_MODELS.map(model => ({
      name: coreType(model),
      parent: 'spapr-cpu-core',
      properties: [bool('pre-3.0-migration', false), nodeId],
      class: { category: 'cpu' },
      create: (type: QomType) => new SpaprCpuCore(type, model, surroundings),
    })),
  ];
}
