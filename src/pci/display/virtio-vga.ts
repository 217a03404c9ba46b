import type { TypeInfo } from '../../qom/type.ts';
import { at, memoryBar, ram } from '../layout.ts';
import { onBackend } from '../virtio/family.ts';
import { GPU_KIND, VIRTIO_GPU_PROPERTIES } from '../virtio/virtio-gpu.ts';
import {
  disableLegacy,
  disableModern,
  ioeventfd,
  MODERN_PART_SIZE,
  modernPart,
  VirtioPci,
  vectors,
} from '../virtio/virtio-pci.ts';
import {
  BOCHS_REGISTERS,
  bigEndianFramebuffer,
  EXTENDED_REGISTERS,
  PORTS_AS_MEMORY,
  takeVgaAddresses,
} from './vga-registers.ts';

const VGA_CLASS = 0x0300;
const VIDEO_MEMORY = 8 << 20;

/** A virtio display adapter that is a VGA until its guest has a driver for it. */
class VirtioVga extends VirtioPci {
  bigEndian = false;
  protected override readonly modernBar = 2;
  protected override readonly portsBar = 5;
  protected override readonly msixBar = 4;

  protected override onPciRealize(): void {
    this.bigEndian = this.system.bigEndian;
    this.plannedBar(memoryBar(0, ram('vga.vram', VIDEO_MEMORY), { prefetch: true }));
    super.onPciRealize();
    takeVgaAddresses(this.bus, plan => this.regions(plan));
  }

  /** The registers of the VGA come first, for which the other parts make room. */
  protected override modernParts(name: string, notifySize: number) {
    const half = MODERN_PART_SIZE / 2;
    return [
      PORTS_AS_MEMORY,
      BOCHS_REGISTERS,
      EXTENDED_REGISTERS,
      at(MODERN_PART_SIZE, modernPart('common', name, half)),
      at(MODERN_PART_SIZE + half, modernPart('isr', name, half)),
      at(2 * MODERN_PART_SIZE, modernPart('device', name, MODERN_PART_SIZE)),
      at(3 * MODERN_PART_SIZE, modernPart('notify', name, notifySize)),
    ];
  }
}

const byteOrder = bigEndianFramebuffer(object => (object instanceof VirtioVga ? object : undefined));

export const VIRTIO_VGA_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-vga-base',
    module: 'hw-display-virtio-vga',
    parent: 'virtio-pci',
    abstract: true,
    properties: [ioeventfd(false), vectors(3), byteOrder],
    create: type => new VirtioVga(type),
    class: {
      category: 'display',
      hotpluggable: false,
      virtio: { backend: 'virtio-gpu-device', kind: GPU_KIND, classCode: VGA_CLASS },
      romfile: 'vgabios-virtio.bin',
    },
  },
  {
    name: 'virtio-vga-base-type',
    parent: 'virtio-vga-base',
    abstract: true,
    properties: [disableLegacy, disableModern],
  },
  {
    name: 'virtio-vga',
    parent: 'virtio-vga-base-type',
    interfaces: ['conventional-pci-device', 'pci-express-device'],
    properties: onBackend(VIRTIO_GPU_PROPERTIES),
  },
];
