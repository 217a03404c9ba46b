import type { MemoryRegion } from '../../memory/region.ts';
import type { QomObject } from '../../qom/object.ts';
import type { Property } from '../../qom/property.ts';
import type { PciBus } from '../bus.ts';
import { at, io, type RegionPlan } from '../layout.ts';

/** Ports of the VGA, as regions: one each for what lies together. */
const PORTS: readonly (readonly [port: bigint, plan: RegionPlan])[] = [
  [0x3b4n, io('vga', 2)],
  [0x3ban, io('vga', 1)],
  [0x3c0n, io('vga', 16)],
  [0x3d4n, io('vga', 2)],
  [0x3dan, io('vga', 1)],
];
const VBE_PORT = 0x1cen;
export const LOW_MEMORY = 0xa0000n;
export const LOW_MEMORY_SIZE = 0x20000;

/** The ports once more, at addresses, and what Bochs and QEMU have added. */
export const PORTS_AS_MEMORY = at(0x400, io('vga ioports remapped', 0x20));
export const BOCHS_REGISTERS = at(0x500, io('bochs dispi interface', 0x16));
export const EXTENDED_REGISTERS = at(0x600, io('qemu extended regs', 0x8));

/**
 * Takes the ports and the low memory that every VGA has had since 1987.
 * @param make makes a region of the adapter
 */
export function takeVgaAddresses({ ports, memory }: PciBus, make: (plan: RegionPlan) => MemoryRegion): void {
  for (const [port, plan] of PORTS) ports?.addSubregion(port, make(plan));
  ports?.addSubregion(VBE_PORT, make(io('vbe', 4)));
  memory?.addSubregion(LOW_MEMORY, make(io('vga-lowmem', LOW_MEMORY_SIZE)), 1);
}

/** What a guest draws on. */
export interface FrameBuffer {
  /** Whether its words begin with their high bytes. */
  bigEndian: boolean;
}

/** @param of finds an adapter's frame buffer; undefined for samples that have none */
export function bigEndianFramebuffer(of: (object: QomObject) => FrameBuffer | undefined): Property {
  return {
    name: 'big-endian-framebuffer',
    type: 'bool',
    get: object => of(object)?.bigEndian ?? false,
    set: (object, visitor) => {
      const value = visitor.bool('big-endian-framebuffer');
      const buffer = of(object);
      if (buffer !== undefined) buffer.bigEndian = value;
    },
  };
}
