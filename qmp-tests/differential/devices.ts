/** What the made-up client knows of devices. */

interface Values {
  /** JSON texts that QEMU accepts, at least in some place. */
  readonly values: readonly string[];
  /** Without it the device is refused. */
  readonly always?: boolean;
}

interface DeviceEntry {
  /** Buses to put it on, where it is no ordinary PCI device; none at all if there are none. */
  readonly bus?: readonly string[];
  /** Once there it is never removed, and has an id that says so. */
  readonly stays?: boolean;
  /** Where on the bus, always. */
  readonly addresses?: readonly string[];
  readonly properties?: Readonly<Record<string, Values>>;
}

/** Drivers and some of their properties. */
export type DeviceCatalogue = Readonly<Record<string, DeviceEntry>>;

const MAC: Values = { values: ['"52:54:00:12:34:aa"', '"52-54-00-12-34-ab"'] };
const BOOTINDEX: Values = { values: ['0', '1', '"2"', '-1'] };
const NETDEV: Values = { values: ['"n0"', '"n1"', '"n2"', '"nosuch"'] };
const DRIVE: Values = { values: ['"b0"', '"b1"', '"b2"', '"nosuch"'], always: true };
const CHARDEV: Values = { values: ['"c0"', '"c1"', '"nosuch"'] };
const ROM = {
  romfile: { values: ['""'] },
  romsize: { values: ['65536', '"131072"'] },
  rombar: { values: ['0', '1', '"on"'] },
} satisfies Record<string, Values>;
const USB_BUS = { bus: ['d0.0', 'd1.0', 'p1.0', 'usb.0', 'd2.0'] } as const;
const SCSI_BUS = { bus: ['d0.0', 'd1.0', 'scsi.0', 'd3.0'] } as const;
const SERIAL_BUS = { bus: ['d0.0', 'd1.0', 'd2.0'] } as const;

const NET: DeviceEntry = { properties: { mac: MAC, bootindex: BOOTINDEX, netdev: NETDEV, ...ROM } };
const DISK = { drive: DRIVE, serial: { values: ['"s"'] }, bootindex: BOOTINDEX } satisfies Record<
  string,
  Values
>;
const USB_CONTROLLER: DeviceEntry = {};

/** The same of several drivers. */
function alike(entry: DeviceEntry, ...drivers: readonly string[]): DeviceCatalogue {
  return Object.fromEntries(drivers.map(driver => [driver, entry]));
}

const WITH_CHARDEV = { chardev: { ...CHARDEV, always: true } } satisfies Record<string, Values>;
const RNG = { rng: { values: ['"o0"', '"/objects/o1"', '"nosuch"'] } } satisfies Record<string, Values>;
/** Once they have gone, QEMU ends when another one comes to the same place: it has kept their memory. */
const KEPT: DeviceEntry = { stays: true };
const CHASSIS: DeviceEntry = {
  properties: { chassis: { values: ['1', '2'] }, slot: { values: ['1', '2'] } },
};

/** Those that are much like others. */
const RELATIVES: DeviceCatalogue = {
  ...alike(USB_CONTROLLER, 'piix4-usb-uhci', 'ich9-usb-ehci1', 'ich9-usb-uhci1', 'ich9-usb-uhci4'),
  ...alike(NET, 'e1000-82544gc', 'ne2k_pci', 'tulip', 'virtio-net-pci-transitional'),
  ...alike(NET, 'virtio-net-pci-non-transitional'),
  ...alike({ properties: DISK }, 'virtio-blk-pci-transitional', 'virtio-blk-pci-non-transitional'),
  ...alike({ properties: RNG }, 'virtio-rng-pci-transitional', 'virtio-rng-pci-non-transitional'),
  ...alike({}, 'virtio-scsi-pci-transitional', 'virtio-serial-pci-non-transitional', 'virtio-mouse-pci'),
  ...alike({}, 'virtio-tablet-pci', 'virtio-balloon-pci-transitional', 'virtio-gpu-pci', 'cirrus-vga'),
  ...alike({}, 'am53c974', 'lsi53c810', 'megasas-gen2', 'mptsas1068', 'pvscsi', 'ES1370'),
  ...alike({}, 'ich9-intel-hda', 'vmware-svga', 'virtio-9p-pci', 'nvme-subsys', 'virtio-scsi'),
  ...alike({ bus: ['d0.0', 'd1.0'] }, 'hda-micro', 'hda-output'),
  ...alike(CHASSIS, 'ioh3420', 'x3130-upstream', 'xio3130-downstream'),
  ...alike(USB_BUS, 'usb-wacom-tablet', 'usb-audio', 'usb-bot', 'usb-host', 'usb-ccid'),
  ...alike({ ...USB_BUS, properties: DISK }, 'usb-uas'),
  ...alike({ ...USB_BUS, properties: WITH_CHARDEV }, 'usb-braille', 'usb-redir'),
  ...alike({ ...SCSI_BUS, properties: DISK }, 'scsi-block', 'scsi-generic'),
  dc390: KEPT,
  // At the next reset QEMU ends.
  'i82801b11-bridge': KEPT,
  'ccid-card-passthru': { bus: ['d0.0', 'd1.0', 'd2.0'], properties: WITH_CHARDEV },
  'pci-serial-2x': { properties: { chardev1: CHARDEV, chardev2: CHARDEV } },
  'pci-serial-4x': { properties: { chardev1: CHARDEV, chardev4: CHARDEV } },
  'ivshmem-plain': { ...KEPT, properties: { memdev: { values: ['"mem0"', '"o0"', '"o1"'], always: true } } },
  'virtio-crypto-pci': { properties: { cryptodev: { values: ['"o0"', '"o1"', '"nosuch"'], always: true } } },
  'nvme-ns': {
    bus: ['d0', 'd1', 'd2', 'd3'],
    properties: { ...DISK, nsid: { values: ['1', '2', '0', '999'] }, shared: { values: ['"off"'] } },
  },
  'ide-cd': {
    bus: ['d0.0', 'd0.1', 'd1.0', 'ide.0'],
    properties: { ...DISK, drive: { values: DRIVE.values } },
  },
  'vfio-pci-nohotplug': { properties: { host: { values: ['"1:2.3"'], always: true } } },
  ...alike({}, 'virtio-blk-device', 'virtio-serial-device', 'pci-device', 'virtio-pci', 'usb-device'),
};

const ANYWHERE: DeviceCatalogue = {
  ...RELATIVES,
  'qemu-xhci': {
    properties: { p2: { values: ['1', '8'] }, p3: { values: ['0', '15'] }, streams: { values: ['"off"'] } },
  },
  'nec-usb-xhci': USB_CONTROLLER,
  'piix3-usb-uhci': USB_CONTROLLER,
  'usb-ehci': USB_CONTROLLER,
  'pci-ohci': USB_CONTROLLER,
  'usb-tablet': USB_BUS,
  'usb-kbd': { ...USB_BUS, properties: { port: { values: ['"1"', '"2"', '"9"', '"1.1"'] } } },
  'usb-mouse': USB_BUS,
  'usb-hub': { ...USB_BUS, properties: { port: { values: ['"1"', '"2"'] } } },
  'usb-storage': { ...USB_BUS, properties: { ...DISK, removable: { values: ['true', '"off"'] } } },
  'usb-net': { ...USB_BUS, properties: { netdev: NETDEV } },
  'usb-serial': { ...USB_BUS, properties: { chardev: { ...CHARDEV, always: true } } },
  e1000: { properties: { ...NET.properties, autonegotiation: { values: ['"off"', 'true'] } } },
  e1000e: NET,
  rtl8139: NET,
  pcnet: NET,
  vmxnet3: NET,
  'virtio-net-pci': {
    properties: {
      ...NET.properties,
      mq: { values: ['"on"'] },
      rx_queue_size: { values: ['512', '1024', '100'] },
      duplex: { values: ['"full"', '"odd"'] },
      'disable-legacy': { values: ['"on"', '"off"'] },
      'disable-modern': { values: ['"on"', 'false'] },
      vectors: { values: ['0', '3'] },
    },
  },
  'virtio-blk-pci': {
    properties: {
      ...DISK,
      'num-queues': { values: ['0', '2'] },
      iothread: { values: ['"o0"'] },
      'share-rw': { values: ['true'] },
    },
  },
  'virtio-scsi-pci': { properties: { num_queues: { values: ['1', '0'] }, iothread: { values: ['"o0"'] } } },
  'scsi-hd': {
    ...SCSI_BUS,
    properties: {
      ...DISK,
      'scsi-id': { values: ['0', '1', '7'] },
      lun: { values: ['0', '1', '255'] },
      channel: { values: ['0', '1'] },
    },
  },
  'scsi-cd': { ...SCSI_BUS, properties: { ...DISK, drive: { values: DRIVE.values } } },
  'virtio-serial-pci': { properties: { max_ports: { values: ['1', '31', '32'] } } },
  virtconsole: { ...SERIAL_BUS, properties: { chardev: CHARDEV, nr: { values: ['0', '1'] } } },
  virtserialport: {
    ...SERIAL_BUS,
    properties: { chardev: CHARDEV, name: { values: ['"p"'] }, nr: { values: ['0', '1', '2', '40'] } },
  },
  'virtio-rng-pci': { properties: { rng: { values: ['"o0"', '"/objects/o1"', '"nosuch"'] } } },
  'virtio-balloon-pci': { properties: { 'deflate-on-oom': { values: ['true'] } } },
  'virtio-keyboard-pci': {},
  VGA: { properties: { vgamem_mb: { values: ['8', '32'] } } },
  'secondary-vga': KEPT,
  'bochs-display': KEPT,
  lsi53c895a: {},
  megasas: {},
  nvme: {
    properties: { ...DISK, drive: { values: DRIVE.values }, serial: { values: ['"s"'], always: true } },
  },
  'intel-hda': {},
  'hda-duplex': { bus: ['d0.0', 'd1.0'] },
  AC97: {},
  edu: {},
  'pci-testdev': {},
  'pci-serial': { properties: { chardev: { ...CHARDEV, always: true } } },
  'ich9-ahci': {},
  'ide-hd': { bus: ['d0.0', 'd0.1', 'd1.0', 'ide.0'], properties: DISK },
  i6300esb: {},
  'pvpanic-pci': {},
  'pc-dimm': {
    bus: [],
    properties: {
      memdev: { values: ['"mem0"', '"o0"', '"nosuch"'], always: true },
      slot: { values: ['0', '1', '9', '-1'] },
      node: { values: ['0', '1'] },
      addr: { values: ['0', '1073741824'] },
    },
  },
  'pcie-root-port': CHASSIS,
  'vfio-pci': { properties: { host: { values: ['"ffff:1f:1f.7"', '"x"', '"1:2.3"'], always: true } } },
  nosuch: {},
  device: {},
  'virtio-net-device': {},
};

const BRIDGE = {
  chassis_nr: { values: ['1', '2', '3', '"4"'], always: true },
  shpc: { values: ['"off"', 'true'] },
  msi: { values: ['"off"', '"auto"'] },
} satisfies Record<string, Values>;

/**
 * QEMU ends when another function is added to the slot of a bridge, and on pseries when a host bridge takes two
 * bridges along, or goes at a reset with one: they are put on the bridge that stays.
 */
const BRIDGE_PLACE = { addresses: ['8', '9', 'a', '0xb', 'c.0'] } as const;

export const PSERIES_DEVICES: DeviceCatalogue = {
  ...ANYWHERE,
  'pci-bridge': { ...BRIDGE_PLACE, bus: ['pci.0', 'br'], properties: BRIDGE },
  'spapr-pci-host-bridge': {
    bus: [],
    properties: {
      index: { values: ['1', '2', '3', '"4"', '30'], always: true },
      ddw: { values: ['"off"', 'true'] },
      dma_win_addr: { values: ['0', '1073741824', '"0x60000000"'] },
      mem_win_size: { values: ['1073741824', '"1G"', '4294967296'] },
      numa_node: { values: ['0', '1'] },
      pgsz: { values: ['4096', '65536'] },
    },
  },
  // Once a processor has gone, QEMU ends at the next change of memory.
  'power9_v2.0-spapr-cpu-core': {
    stays: true,
    bus: [],
    properties: {
      'core-id': { values: ['0', '1', '2', '3', '4', '"1"'], always: true },
      'node-id': { values: ['0', '1'] },
    },
  },
  'power8_v2.0-spapr-cpu-core': {
    stays: true,
    bus: [],
    properties: { 'core-id': { values: ['1'], always: true } },
  },
  'spapr-vscsi': { bus: ['spapr-vio'] },
  'spapr-vlan': { bus: ['spapr-vio'], properties: { netdev: NETDEV } },
  'spapr-vty': { bus: ['spapr-vio'], properties: { chardev: CHARDEV } },
  ...alike({}, 'spapr-tce-table', 'dec-21154-p2p-bridge', 'sungem', 'spapr-nvram'),
  'spapr-rng': { bus: [], properties: RNG },
};

export const PC_DEVICES: DeviceCatalogue = {
  ...ANYWHERE,
  'pci-bridge': { ...BRIDGE_PLACE, properties: BRIDGE },
  'pcie-pci-bridge': {},
  'isa-serial': { bus: ['isa.0'], properties: { chardev: CHARDEV } },
  'isa-parallel': { bus: ['isa.0'], properties: WITH_CHARDEV },
  'isa-fdc': { bus: ['isa.0'] },
  floppy: { bus: ['d0.0', 'd1.0', 'floppy-bus.0'], properties: { ...DISK, drive: { values: DRIVE.values } } },
  vmmouse: { bus: ['isa.0'] },
  i8042: { bus: ['isa.0'] },
  ...alike({}, 'piix3-ide', 'piix4-ide', 'virtio-vga'),
  'i440FX-pcihost': { bus: [] },
  'intel-iommu': { bus: [] },
  'qemu64-x86_64-cpu': {
    stays: true,
    bus: [],
    properties: {
      'socket-id': { values: ['0', '1', '2'], always: true },
      'core-id': { values: ['0', '1'], always: true },
      'thread-id': { values: ['0', '1'], always: true },
    },
  },
};

export const IDS = ['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'p1', 'p2', 'br', 'x.y', '1x', 'a b', ''] as const;

/** Ids of what stays. */
export const STAYING_IDS = ['stays-0', 'stays-1', 'stays-2'] as const;

export const BUSES = [
  'pci.0',
  'pcie.0',
  'pci',
  'p1.0',
  'p2.0',
  'p1',
  'br',
  'd0',
  '/pci.0',
  'nosuch',
  'main-system-bus',
] as const;

export const ADDRESSES = [
  '2',
  '3',
  '3.1',
  '4.0',
  '4.7',
  '5',
  '1f',
  '1f.7',
  '0',
  '20',
  '4.8',
  '-1',
  '',
  '0x6',
  'x',
] as const;
