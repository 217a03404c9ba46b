/** What the made-up client knows of devices. */

interface Values {
  /** JSON texts that QEMU accepts. */
  readonly values: readonly string[];
  /** Without it the device is refused. */
  readonly always?: boolean;
}

const MAC: Values = { values: ['"52:54:00:12:34:aa"', '"52-54-00-12-34-ab"'] };
const BOOTINDEX: Values = { values: ['0', '1', '"2"', '-1'] };
const ROM = {
  romfile: { values: ['""'] },
  romsize: { values: ['65536', '"131072"'] },
  rombar: { values: ['0', '1', '"on"'] },
} satisfies Record<string, Values>;

/** Drivers and some of their properties. */
export const DEVICES: Readonly<Record<string, Readonly<Record<string, Values>>>> = {
  'qemu-xhci': { p2: { values: ['1', '8'] }, p3: { values: ['0', '15'] }, streams: { values: ['"off"'] } },
  e1000: { mac: MAC, bootindex: BOOTINDEX, autonegotiation: { values: ['"off"', 'true'] }, ...ROM },
  'virtio-net-pci': {
    mac: MAC,
    bootindex: BOOTINDEX,
    mq: { values: ['"on"'] },
    rx_queue_size: { values: ['512', '1024', '100'] },
    duplex: { values: ['"full"', '"odd"'] },
    'disable-legacy': { values: ['"on"', '"off"'] },
    'disable-modern': { values: ['"on"', 'false'] },
    vectors: { values: ['0', '3'] },
  },
  'virtio-blk-pci': { serial: { values: ['"s"'] }, 'num-queues': { values: ['0', '2'] } },
  'pci-bridge': {
    chassis_nr: { values: ['1', '2', '3', '"4"'], always: true },
    shpc: { values: ['"off"', 'true'] },
    msi: { values: ['"off"', '"auto"'] },
  },
  'spapr-pci-host-bridge': {
    index: { values: ['1', '2', '3', '"4"', '30'], always: true },
    ddw: { values: ['"off"', 'true'] },
    dma_win_addr: { values: ['0', '1073741824', '"0x60000000"'] },
    mem_win_size: { values: ['1073741824', '"1G"', '4294967296'] },
    numa_node: { values: ['0', '1'] },
    pgsz: { values: ['4096', '65536'] },
  },
  'vfio-pci': { host: { values: ['"ffff:1f:1f.7"', '"x"', '"1:2.3"'], always: true } },
  nosuch: {},
  device: {},
  'virtio-net-device': {},
  'spapr-tce-table': {},
};

export const IDS = ['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'p1', 'p2', 'br', 'x.y', '1x', 'a b', ''] as const;

export const BUSES = [
  'pci.0',
  'pci',
  'p1.0',
  'p2.0',
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
