import { FLOPPY_TYPES } from '../isa/floppy.ts';
import { ISA_PORT_TYPES } from '../isa/ports.ts';
import { EMULATED_DEVICE_TYPES } from '../machine/device-types.ts';
import { VIRTIO_VGA_TYPES } from '../pci/display/virtio-vga.ts';
import type { TypeInfo } from '../qom/type.ts';
import { INTEL_IOMMU_TYPES } from './intel-iommu.ts';

/** The devices that users may add to a PC, beyond those of which it has some itself. */
export const PC_DEVICE_TYPES: readonly TypeInfo[] = [
  ...EMULATED_DEVICE_TYPES,
  ...INTEL_IOMMU_TYPES,
  ...ISA_PORT_TYPES,
  ...FLOPPY_TYPES,
  ...VIRTIO_VGA_TYPES,
];
