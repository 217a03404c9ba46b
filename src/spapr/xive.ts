import { MemoryRegion } from '../memory/region.ts';
import { Device, mmioDetail } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { uint8, uint32, uint64 } from '../qdev/properties.ts';
import type { QomObject } from '../qom/object.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';

const SOURCE_COUNT = 8192;
/** Event queues of each processor, one a priority. */
const QUEUES_PER_CPU = 8;
/** log2 of the bytes of a source's two event state buffers, and of one such page. */
const SOURCE_SHIFT = 17;
const END_SHIFT = 16;
const TIMA_SIZE = 0x40000n;

const fabric = new LinkProperty('xive-fabric', 'xive-fabric');
const notifier = new LinkProperty('xive', 'xive-notifier');
const router = new LinkProperty('xive', 'xive-router');
const vcBase = uint64('vc-base', 0x6010000000000n);
const tmBase = uint64('tm-base', 0x6030203180000n);
const irqs = uint32('nr-irqs', 0);
const ends = uint32('nr-ends', 0);
const sourceShift = uint32('shift', SOURCE_SHIFT);
const endShift = uint32('shift', END_SHIFT);

/** The interrupt controller of POWER9 and later: sources, event queues, and what each thread sees of them. */
export class SpaprXive extends Device {
  readonly #source: Device;
  readonly #endSource: Device;
  readonly #registers: MemoryRegion[] = [];

  constructor(type: QomType) {
    super(type);
    this.#source = this.addChild('source', new Device(type.registry.require('xive-source')));
    this.#endSource = this.addChild('end_source', new Device(type.registry.require('xive-end-source')));
  }

  /** Sizes it for a machine of at most `cpus` threads. */
  configure(machine: QomObject, cpus: number): void {
    this.setValue(fabric, machine);
    this.setValue(irqs, SOURCE_COUNT);
    this.setValue(ends, cpus * QUEUES_PER_CPU);
  }

  protected override onRealize(): void {
    const count = this.value(irqs);
    this.#source.setValue(irqs, count);
    this.#source.setValue(notifier, this);
    this.#source.realize();
    this.#endSource.setValue(ends, count);
    this.#endSource.setValue(router, this);
    this.#endSource.realize();
  }

  /** Puts its registers where processors find them. */
  map(memory: MemoryRegion): void {
    const pages = BigInt(this.value(irqs)) << BigInt(SOURCE_SHIFT);
    const place = (at: bigint, owner: Device, label: string, size: bigint) => {
      const region = new MemoryRegion(owner, label, size, 'io');
      memory.addSubregion(at, region);
      this.#registers.push(region);
      return region;
    };
    const buffers = place(this.value(vcBase), this.#source, 'xive.esb', pages);
    buffers.addSubregion(0n, new MemoryRegion(this.#source, 'xive.esb-emulated', pages, 'io'));
    place(this.value(vcBase) + pages, this.#endSource, 'xive.end', pages);
    place(this.value(tmBase), this, 'xive.tima', TIMA_SIZE);
  }

  override get details(): readonly string[] {
    return this.#registers.map(({ address, size }) => mmioDetail(address, size));
  }
}

const NOT_CREATABLE = { userCreatable: false } as const;

export const XIVE_TYPES: readonly TypeInfo[] = [
  {
    name: 'xive-router',
    parent: 'sys-bus-device',
    abstract: true,
    interfaces: ['xive-notifier', 'xive-presenter'],
    properties: [fabric, legacyText(fabric.name)],
  },
  {
    name: 'spapr-xive',
    parent: 'xive-router',
    interfaces: ['spapr-interrupt-controller'],
    properties: [irqs, ends, vcBase, tmBase, uint8('hv-prio', 7)],
    create: type => new SpaprXive(type),
    class: NOT_CREATABLE,
  },
  {
    name: 'xive-source',
    parent: 'device',
    properties: [notifier, legacyText(notifier.name), sourceShift, irqs, uint64('flags', 0n)],
    create: type => new Device(type),
    class: NOT_CREATABLE,
  },
  {
    name: 'xive-end-source',
    parent: 'device',
    properties: [router, legacyText(router.name), endShift, ends],
    create: type => new Device(type),
    class: NOT_CREATABLE,
  },
];
