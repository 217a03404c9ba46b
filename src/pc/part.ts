import type { JsonValue } from '../base/json.ts';
import { MemoryRegion } from '../memory/region.ts';
import { Device, mmioDetail } from '../qdev/device.ts';
import { QomObject } from '../qom/object.ts';
import { linkProperty } from '../qom/property.ts';
import type { QomType } from '../qom/type.ts';
import { JsonVisitor } from '../qom/visitor.ts';

/** Registers of a part: name, size in bytes, and the I/O port where they are reached. */
export type RegisterPlan = readonly [label: string, size: number, port: number];

/** A part of the machine that nobody plugs and of which only the outside matters: written down as data. */
export interface PartPlan {
  readonly type: string;
  readonly values?: Readonly<Record<string, JsonValue>>;
  readonly registers?: readonly RegisterPlan[];
}

/** A device with interrupt lines, of which only that they are there can be seen. */
export class Part extends Device {
  readonly #mmio: MemoryRegion[] = [];

  constructor(type: QomType) {
    super(type);
    addInterruptLines(this);
  }

  /** Registers that processors reach at memory addresses. */
  protected addMmio(label: string, size: bigint): MemoryRegion {
    const region = new MemoryRegion(this, label, size, 'io');
    this.#mmio.push(region);
    return region;
  }

  override get details(): readonly string[] {
    return this.#mmio.map(({ address, size }) => mmioDetail(address, size));
  }

  setValues(values: Readonly<Record<string, JsonValue>>): void {
    for (const [name, value] of Object.entries(values)) this.setProperty(name, new JsonVisitor(value));
  }
}

/** Makes the lines that a device's type states. */
export function addInterruptLines(device: Device): void {
  for (const { name, inputs = 0, outputs = 0 } of device.type.class.lines ?? []) {
    addIrqs(device, name || 'unnamed-gpio-in', inputs);
    for (let i = 0; i < outputs; i++)
      device.addProperty(linkProperty(`${name || 'unnamed-gpio-out'}[${i}]`, 'irq', () => undefined));
  }
}

/** Makes interrupt lines as children of `owner`. */
export function addIrqs(owner: QomObject, name: string, count: number): void {
  const type = owner.type.registry.require('irq');
  for (let i = 0; i < count; i++) owner.addChild(`${name}[${i}]`, new QomObject(type));
}

/** Makes registers that are reached by I/O ports. */
export function addPorts(owner: QomObject, ports: MemoryRegion, registers: readonly RegisterPlan[]): void {
  for (const [label, size, port] of registers)
    ports.addSubregion(BigInt(port), new MemoryRegion(owner, label, BigInt(size), 'io'));
}
