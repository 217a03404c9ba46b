import type { JsonValue } from '../base/json.ts';
import { MemoryRegion } from '../memory/region.ts';
import { Device } from '../qdev/device.ts';
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

declare module '../qom/type.ts' {
  interface ClassData {
    /** Interrupt lines that lead into and out of devices of this type: how many, by name. */
    readonly irqInputs?: Readonly<Record<string, number>>;
    readonly irqOutputs?: Readonly<Record<string, number>>;
  }
}

/** A device with interrupt lines, of which only that they are there can be seen. */
export class Part extends Device {
  constructor(type: QomType) {
    super(type);
    addInterruptLines(this);
  }

  setValues(values: Readonly<Record<string, JsonValue>>): void {
    for (const [name, value] of Object.entries(values)) this.setProperty(name, new JsonVisitor(value));
  }
}

/** Makes the lines that a device's type states. */
export function addInterruptLines(device: Device): void {
  const { irqInputs = {}, irqOutputs = {} } = device.type.class;
  for (const [name, count] of Object.entries(irqInputs)) addIrqs(device, name, count);
  for (const [name, count] of Object.entries(irqOutputs)) {
    for (let i = 0; i < count; i++) device.addProperty(linkProperty(`${name}[${i}]`, 'irq', () => undefined));
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
