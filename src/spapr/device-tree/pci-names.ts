/** Names of functions by class, subclass and interface (IEEE 1275, PCI Bus Binding 2.1, 2.5); the class's own first. */
const CLASSES: Readonly<Record<number, readonly [string, Readonly<Record<number, string>>]>> = {
  0: ['legacy-device', { 1: 'display' }],
  1: ['mass-storage', { 0: 'scsi', 1: 'ide', 2: 'fdc', 3: 'ipi', 4: 'raid', 5: 'ata', 6: 'sata', 7: 'sas' }],
  2: [
    'network',
    { 0: 'ethernet', 1: 'token-ring', 2: 'fddi', 3: 'atm', 4: 'isdn', 5: 'worldfip', 6: 'picmg' },
  ],
  3: ['display', { 0: 'vga', 1: 'xga', 2: '3d-controller' }],
  4: ['multimedia-device', { 0: 'video', 1: 'sound', 2: 'telephony' }],
  5: ['memory-controller', { 0: 'memory', 1: 'flash' }],
  6: [
    'unknown-bridge',
    {
      0: 'host',
      1: 'isa',
      2: 'eisa',
      3: 'mca',
      4: 'pci',
      5: 'pcmcia',
      6: 'nubus',
      7: 'cardbus',
      8: 'raceway',
      9: 'semi-transparent-pci',
      10: 'infiniband',
    },
  ],
  7: [
    'communication-controller',
    { 0: 'serial', 1: 'parallel', 2: 'multiport-serial', 3: 'modem', 4: 'gpib', 5: 'smart-card' },
  ],
  8: [
    'system-peripheral',
    {
      0: 'interrupt-controller',
      1: 'dma-controller',
      2: 'timer',
      3: 'rtc',
      4: 'hot-plug-controller',
      5: 'sd-host-controller',
    },
  ],
  9: ['input-controller', { 0: 'keyboard', 1: 'pen', 2: 'mouse', 3: 'scanner', 4: 'gameport' }],
  10: ['docking-station', { 0: 'dock' }],
  11: ['cpu', { 0: '386', 2: 'pentium', 16: 'alpha', 32: 'powerpc', 48: 'mips', 64: 'coprocessor' }],
  12: [
    'serial-bus',
    {
      0: 'firewire',
      1: 'access-bus',
      2: 'ssa',
      3: 'usb',
      4: 'fibre-channel',
      5: 'smb',
      6: 'infiniband',
      7: 'ipmi',
      8: 'sercos',
      9: 'canbus',
    },
  ],
  13: [
    'wireless-controller',
    { 0: 'irda', 1: 'consumer-ir', 16: 'rf-controller', 17: 'bluetooth', 18: 'broadband' },
  ],
  14: ['intelligent-controller', { 0: 'i2o' }],
  15: [
    'satellite-device',
    { 1: 'satellite-tv', 2: 'satellite-audio', 3: 'satellite-voice', 4: 'satellite-data' },
  ],
  16: ['encryption', { 0: 'network-encryption', 16: 'entertainment-encryption' }],
  17: ['data-processing-controller', { 0: 'dpio', 1: 'counter', 16: 'measurement', 32: 'management-card' }],
};

const USB = 0x0c03;
const USB_INTERFACES: Readonly<Record<number, string>> = {
  0: 'usb-uhci',
  16: 'usb-ohci',
  32: 'usb-ehci',
  48: 'usb-xhci',
  254: 'usb-device',
};

/** @param classCode base class and subclass @param programmingInterface the byte below them */
export function nameOfClass(classCode: number, programmingInterface: number): string {
  const usb = classCode === USB ? USB_INTERFACES[programmingInterface] : undefined;
  const [name, subclasses] = CLASSES[classCode >> 8] ?? ['legacy-device', {}];
  return usb ?? subclasses[classCode & 0xff] ?? name;
}
