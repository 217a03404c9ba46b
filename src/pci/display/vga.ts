import { MemoryRegion } from '../../memory/region.ts';
import { bit, bool, size, uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { PciDevice } from '../device.ts';
import { at, container, io, memoryBar, portBar, ram } from '../layout.ts';
import {
  BOCHS_REGISTERS,
  bigEndianFramebuffer,
  EXTENDED_REGISTERS,
  LOW_MEMORY,
  LOW_MEMORY_SIZE,
  PORTS_AS_MEMORY,
  takeVgaAddresses,
} from './vga-registers.ts';

const BOCHS = 0x1234;
const BOCHS_DISPLAY = 0x1111;
const VMWARE = 0x15ad;
const CIRRUS = 0x1013;
const VGA_CLASS = 0x0300;
const DISPLAY_CLASS = 0x0380;
const CONVENTIONAL = ['conventional-pci-device'] as const;
const MIB = 2 ** 20;
/** What a display shows unless the user wants another size. */
const DEFAULT_WIDTH = 1280;
const DEFAULT_HEIGHT = 800;

const width = uint32('xres', 0);
const height = uint32('yres', 0);
const SIZE = [width, height, uint32('xmax', 0), uint32('ymax', 0), uint32('refresh_rate', 0)] as const;
const globalVmstate = bool('global-vmstate', false);
const memorySize = (mebibytes: number) => uint32('vgamem_mb', mebibytes);

const edid = bit('edid', true);
const bochsEdid = bool('edid', true);
const extendedRegisters = bit('qemu-extended-regs', true);

/** A display adapter with memory of its own behind BAR 0 or 1. */
class DisplayAdapter extends PciDevice {
  /** Whether the guest's frame buffer is big-endian. */
  bigEndian = false;

  /** Bytes of video memory: what was asked for, rounded up. */
  protected get memorySize(): number {
    const property = this.type.properties.get('vgamem_mb');
    const asked = Number(property?.get?.(this) ?? 0);
    return 2 ** Math.ceil(Math.log2(Math.min(Math.max(asked, 1), 512))) * MIB;
  }

  protected settleSize(): void {
    if (this.value(width) === 0) this.setValue(width, DEFAULT_WIDTH);
    if (this.value(height) === 0) this.setValue(height, DEFAULT_HEIGHT);
  }

  protected takeVgaAddresses(): void {
    takeVgaAddresses(this.bus, plan => this.regions(plan));
  }
}

const byteOrder = bigEndianFramebuffer(object => (object instanceof DisplayAdapter ? object : undefined));

/** The adapter that Bochs made up, which QEMU calls standard. */
class StandardVga extends DisplayAdapter {
  protected override onPciRealize(): void {
    this.bigEndian = this.system.bigEndian;
    this.plannedBar(memoryBar(0, ram('vga.vram', this.memorySize), { prefetch: true }));
    const hasEdid = this.value(edid);
    // What the monitor says of itself, the ports once more, and what Bochs and QEMU have added.
    const registers = io(
      'vga.mmio',
      0x1000,
      ...(hasEdid ? [at(0x0, io('edid', 0x180))] : []),
      PORTS_AS_MEMORY,
      BOCHS_REGISTERS,
      ...(this.value(extendedRegisters) ? [EXTENDED_REGISTERS] : []),
    );
    this.plannedBar(memoryBar(2, registers));
    if (this.type.isA('VGA')) this.takeVgaAddresses();
    if (hasEdid) this.settleSize();
  }
}

class BochsDisplay extends DisplayAdapter {
  protected override onPciRealize(): void {
    const hasEdid = this.value(bochsEdid);
    const parts = [...(hasEdid ? [at(0x0, io('edid', 0x100))] : []), BOCHS_REGISTERS, EXTENDED_REGISTERS];
    this.plannedBar(memoryBar(2, io('bochs-display-mmio', 0x1000, ...parts)));
    if (hasEdid) this.settleSize();
  }
}

class VmwareSvga extends DisplayAdapter {
  protected override onPciRealize(): void {
    this.plannedBar(memoryBar(1, ram('vga.vram', this.memorySize), { prefetch: true }));
    // Behind this one is memory that belongs to no device.
    const region = new MemoryRegion(this.system.unattached, 'vmsvga.fifo', BigInt(FIFO_SIZE), 'ram');
    this.addBar({ index: 2, type: 'memory', size: FIFO_SIZE, prefetch: true, region });
    this.takeVgaAddresses();
  }
}

const FIFO_SIZE = 0x10000;
const BANK_SIZE = 0x8000n;

class CirrusVga extends DisplayAdapter {
  protected override onPciRealize(): void {
    const video = this.regions(ram('vga.vram', this.memorySize));
    const { ports, memory } = this.bus;
    ports?.addSubregion(0x3b0n, this.regions(io('cirrus-io', 0x30)));
    memory?.addSubregion(LOW_MEMORY, this.#lowMemory(video), 1);
  }

  /** @param target what the banks show of the video memory once the guest switches them on */
  #lowMemory(target: MemoryRegion): MemoryRegion {
    const outer = this.regions(
      container('cirrus-lowmem-container', LOW_MEMORY_SIZE, at(0, io('cirrus-low-memory', LOW_MEMORY_SIZE))),
    );
    for (const bank of [0, 1]) {
      const alias = this.region(`vga.bank${bank}`, BANK_SIZE, 'container', { target, offset: 0n });
      alias.enabled = false;
      outer.addSubregion(BigInt(bank) * BANK_SIZE, alias, 1);
    }
    return outer;
  }
}

export const DISPLAY_TYPES: readonly TypeInfo[] = [
  {
    name: 'pci-vga',
    parent: 'pci-device',
    abstract: true,
    interfaces: CONVENTIONAL,
    create: type => new StandardVga(type),
    class: { category: 'display' },
  },
  {
    name: 'VGA',
    parent: 'pci-vga',
    properties: [
      memorySize(16),
      bit('mmio', true),
      extendedRegisters,
      edid,
      ...SIZE,
      globalVmstate,
      byteOrder,
    ],
    class: {
      hotpluggable: false,
      pci: { vendor: BOCHS, device: BOCHS_DISPLAY, classCode: VGA_CLASS, revision: 2, interruptPin: 0 },
      romfile: 'vgabios-stdvga.bin',
      romLabel: 'vga',
    },
  },
  {
    name: 'secondary-vga',
    parent: 'pci-vga',
    properties: [memorySize(16), extendedRegisters, edid, ...SIZE, byteOrder],
    class: {
      pci: { vendor: BOCHS, device: BOCHS_DISPLAY, classCode: DISPLAY_CLASS, revision: 2, interruptPin: 0 },
    },
  },
  {
    name: 'bochs-display',
    parent: 'pci-device',
    interfaces: ['conventional-pci-device', 'pci-express-device'],
    properties: [size('vgamem', 16777216n), bochsEdid, ...SIZE, byteOrder],
    create: type => new BochsDisplay(type),
    class: {
      category: 'display',
      neverFinalized: true,
      pci: { vendor: BOCHS, device: BOCHS_DISPLAY, classCode: DISPLAY_CLASS, revision: 2, interruptPin: 0 },
      bars: [memoryBar(0, ram('bochs-display-vram', 16 * MIB), { prefetch: true })],
      romfile: 'vgabios-bochs-display.bin',
    },
  },
  {
    name: 'cirrus-vga',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    properties: [memorySize(4), bool('blitter', true), globalVmstate],
    create: type => new CirrusVga(type),
    class: {
      description: 'Cirrus CLGD 54xx VGA',
      category: 'display',
      hotpluggable: false,
      pci: { vendor: CIRRUS, device: 0x00b8, classCode: VGA_CLASS, interruptPin: 0 },
      bars: [
        memoryBar(
          0,
          container(
            'cirrus-pci-bar0',
            0x2000000,
            at(0x0, io('cirrus-linear-io', 0x400000)),
            at(0x1000000, io('cirrus-bitblt-mmio', 0x400000)),
          ),
          { prefetch: true },
        ),
        memoryBar(1, io('cirrus-mmio', 0x1000)),
      ],
      romfile: 'vgabios-cirrus.bin',
      romLabel: 'cirrus_vga',
    },
  },
  {
    name: 'vmware-svga',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    properties: [memorySize(16), globalVmstate],
    create: type => new VmwareSvga(type),
    class: {
      category: 'display',
      hotpluggable: false,
      pci: {
        vendor: VMWARE,
        device: 0x0405,
        classCode: VGA_CLASS,
        subsystemVendor: VMWARE,
        subsystem: 0x0405,
        interruptPin: 0,
      },
      bars: [portBar(0, io('vmsvga-io', 0x10))],
      romfile: 'vgabios-vmware.bin',
      romLabel: 'vmware_vga',
    },
  },
];
