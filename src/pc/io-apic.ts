import { Part } from '../isa/part.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { uint8 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';

const SIZE = 0x1000n;

/** The interrupt controller of the PCI bus. */
export class IoApic extends Part {
  #registers: MemoryRegion | undefined;

  get registers(): MemoryRegion {
    if (this.#registers === undefined) throw new Error(`${this.type.name} is not realized`);
    return this.#registers;
  }

  protected override onRealize(): void {
    super.onRealize();
    this.#registers = this.addMmio('ioapic', SIZE);
  }
}

export const IO_APIC_TYPES: readonly TypeInfo[] = [
  {
    name: 'ioapic-common',
    parent: 'sys-bus-device',
    abstract: true,
    interfaces: ['intctrl'],
    class: { userCreatable: false },
  },
  {
    name: 'ioapic',
    parent: 'ioapic-common',
    properties: [uint8('version', 32)],
    create: type => new IoApic(type),
    class: { lines: [{ name: '', inputs: 24, late: true }] },
  },
];
