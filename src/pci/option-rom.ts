import { fileStatus } from '../base/file-status.ts';

/**
 * Sizes in bytes of the option ROM files that come with QEMU, for devices that name one by default.
 * Only the size shows, rounded up to a power of two, as that of the ROM BAR.
 */
const BUNDLED: Readonly<Record<string, number>> = {
  'efi-e1000.rom': 249856,
  'efi-e1000e.rom': 249856,
  'efi-eepro100.rom': 247808,
  'efi-ne2k_pci.rom': 245760,
  'efi-pcnet.rom': 246272,
  'efi-rtl8139.rom': 249856,
  'efi-virtio.rom': 249344,
  'efi-vmxnet3.rom': 243712,
  'pxe-e1000.rom': 75264,
  'pxe-e1000e.rom': 75264,
  'pxe-eepro100.rom': 75264,
  'pxe-ne2k_pci.rom': 74752,
  'pxe-pcnet.rom': 74752,
  'pxe-rtl8139.rom': 75776,
  'pxe-virtio.rom': 75776,
  'pxe-vmxnet3.rom': 74240,
  'vgabios-ati.bin': 39936,
  'vgabios-bochs-display.bin': 28672,
  'vgabios-cirrus.bin': 39424,
  'vgabios-stdvga.bin': 39936,
  'vgabios-virtio.bin': 39936,
  'vgabios-vmware.bin': 39936,
};

/** Bytes of an option ROM file; undefined if there is no such file. */
export function romFileSize(file: string): number | undefined {
  const bundled = BUNDLED[file];
  if (bundled !== undefined) return bundled;
  const status = fileStatus(file);
  return status?.isFile() ? Number(status.size) : undefined;
}

/** The smallest power of two that is at least `size`. */
export function powerOfTwoAtLeast(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(size, 1)));
}
