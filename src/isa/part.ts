import type { JsonValue } from '../base/json.ts';
import { MemoryRegion } from '../memory/region.ts';
import { PciDevice } from '../pci/device.ts';
import { Device, mmioDetail } from '../qdev/device.ts';
import { QomObject } from '../qom/object.ts';
import { linkProperty } from '../qom/property.ts';
import { applyGlobals, type QomType } from '../qom/type.ts';
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
    /** Registers that a part of this type has from birth, and the I/O ports where they are reached later. */
    readonly ports?: readonly RegisterPlan[];
    /** Types of parts of a part of this type, by name. */
    readonly parts?: Readonly<Record<string, string>>;
  }
}

/** A device with interrupt lines and registers, of which only that they are there can be seen. */
export class Part extends Device {
  readonly #mmio: MemoryRegion[] = [];
  readonly #ports: (readonly [region: MemoryRegion, port: number])[];

  constructor(type: QomType) {
    super(type);
    addInterruptLines(this, 'early');
    for (const [name, part] of Object.entries(type.class.parts ?? {}))
      this.addChild(name, applyGlobals(new Part(type.registry.require(part))));
    this.#ports = (type.class.ports ?? []).map(plan => [portRegion(this, plan), plan[2]]);
  }

  protected override onRealize(): void {
    addInterruptLines(this, 'late');
  }

  /** Those that this part consists of. */
  *parts(): Generator<Part> {
    for (const child of this.children.values()) if (child instanceof Part) yield child;
  }

  /** Makes the registers that it has from birth reachable. */
  placePorts(ports: MemoryRegion): void {
    for (const [region, port] of this.#ports) ports.addSubregion(BigInt(port), region);
  }

  /** Registers that processors reach at memory addresses. */
  protected addMmio(label: string, size: bigint, kind: 'io' | 'romd' = 'io'): MemoryRegion {
    const region = new MemoryRegion(this, label, size, kind);
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

/** Makes the lines that a device's type states, those that come early or those that come late. */
export function addInterruptLines(device: Device, when: 'early' | 'late'): void {
  for (const { name, inputs = 0, outputs = 0, late = false } of device.type.class.lines ?? []) {
    if (late !== (when === 'late')) continue;
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
  for (const plan of registers) ports.addSubregion(BigInt(plan[2]), portRegion(owner, plan));
}

/** Makes registers of a device that is put on an ISA bus. */
export function placeIsaPorts(device: Device, registers: readonly RegisterPlan[]): void {
  const southbridge = device.parentBus?.owner;
  const ports = southbridge instanceof PciDevice ? southbridge.bus.root.ports : undefined;
  if (ports !== undefined) addPorts(device, ports, registers);
}

function portRegion(owner: QomObject, [label, size]: RegisterPlan): MemoryRegion {
  return new MemoryRegion(owner, label, BigInt(size), 'io');
}
