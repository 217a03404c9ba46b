/** What a driver goes by: vendor and device, and class with subclass. */
export interface PciIds {
  readonly vendor: number;
  readonly device: number;
  readonly classCode: number;
}

const BY_DEVICE: ReadonlyMap<string, string> = new Map([
  ['8086:100e', 'e1000'],
  ['8086:100f', 'e1000'],
  ['8086:1004', 'e1000'],
  ['8086:10d3', 'e1000e'],
  ['8086:10c9', 'igb'],
  ['10ec:8139', '8139cp'],
  ['1022:2000', 'pcnet32'],
  ['14e4:168e', 'bnx2x'],
  ['1000:0012', 'sym53c8xx'],
  ['1000:0060', 'megaraid_sas'],
]);

const BY_VENDOR: ReadonlyMap<number, string> = new Map([
  [0x1af4, 'virtio-pci'],
  [0x10de, 'nouveau'],
]);

const BY_CLASS: ReadonlyMap<number, string> = new Map([
  [0x0106, 'ahci'],
  [0x0108, 'nvme'],
  [0x0403, 'snd_hda_intel'],
  [0x0604, 'pcieport'],
  [0x0c03, 'xhci_hcd'],
]);

/** The driver that Linux binds to a function, of the common ones. */
export function linuxDriver({ vendor, device, classCode }: PciIds): string | undefined {
  const hex = (value: number) => value.toString(16).padStart(4, '0');
  return BY_DEVICE.get(`${hex(vendor)}:${hex(device)}`) ?? BY_CLASS.get(classCode) ?? BY_VENDOR.get(vendor);
}
