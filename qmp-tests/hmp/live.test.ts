import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';

/** A few machines, by what `-device` and the like add to an empty one. */
const MACHINES: Readonly<Record<string, readonly string[]>> = {
  'an empty machine': [],
  'a machine of bridges': [
    ...['-device', 'spapr-pci-host-bridge,index=1,id=phb1,ddw=off'],
    ...['-device', 'spapr-pci-host-bridge,index=30,dma_win_size=0x80000000'],
    ...['-device', 'pci-bridge,id=br,chassis_nr=3,bus=pci.0'],
    ...['-device', 'e1000,id=net,bus=br,addr=2,mac=52:54:00:00:00:01'],
    ...['-device', 'e1000,bus=phb1.0,addr=1f'],
  ],
  'a machine of virtio devices': [
    ...['-device', 'virtio-net-pci,id=vn,addr=5'],
    ...[
      '-device',
      'virtio-net-pci,addr=6.1,multifunction=on',
      '-device',
      'virtio-net-pci,addr=6.0,multifunction=on',
    ],
    ...['-device', 'qemu-xhci,id=usb'],
  ],
  'a machine with something of everything': [
    ...[
      '-device',
      'qemu-xhci,id=usb',
      '-device',
      'usb-tablet',
      '-device',
      'usb-hub',
      '-device',
      'usb-kbd,id=kbd',
    ],
    ...[
      '-device',
      'virtio-scsi-pci',
      '-device',
      'lsi53c895a',
      '-device',
      'virtio-balloon-pci',
      '-device',
      'VGA',
    ],
    ...['-device', 'e1000e', '-device', 'rtl8139', '-device', 'virtio-rng-pci', '-device', 'intel-hda'],
    ...[
      '-device',
      'pci-ohci',
      '-device',
      'cirrus-vga',
      '-device',
      'virtio-serial-pci',
      '-device',
      'i6300esb',
    ],
  ],
};

/** What is said to both, in this order. */
const LINES = [
  ...['info status', 'info kvm', 'info name', 'info uuid', 'info pci', 'info qtree', 'info qom-tree'],
  ...[
    'info mtree',
    'info mtree -o',
    'info mtree -D',
    'info mtree -f',
    'info mtree -f -d',
    'info mtree -f -o',
  ],
  ...['device_add e1000,id=late', 'device_add e1000,id=late', 'device_add e1000,id=1x', 'device_add e1000 x'],
  ...[
    'info qom-tree late',
    'qom-get late addr',
    'qom-get late nosuch',
    'qom-set late rombar 3',
    'qom-set late rombar',
  ],
  ...['qom-list /objects/ppc_spapr.ram', 'qom-list late', 'device_add e1000,help', 'device_add nosuch,help'],
  ...[
    'device_del late',
    'device_del late',
    'device_del',
    'info mtree -x',
    'info nosuch',
    'help info mtree',
    'help s',
  ],
  ...[
    'cont',
    'info status',
    's',
    'info status',
    'system_reset',
    'info status',
    'system_powerdown',
    'info qtree',
  ],
];

describe('QEMU and qmpsim, asked the same', function () {
  this.timeout(60_000);

  for (const [name, args] of Object.entries(MACHINES)) {
    it(`about ${name}`, async function () {
      requireQemu(this, 'ppc64');
      const common = ['-M', 'pseries', '-accel', 'tcg', '-S', '-name', 'guest=lpar', ...args];
      const both = await BesideQemu.start('ppc64', common);
      try {
        for (const line of LINES) await both.sameText(line);
      } finally {
        await both.stop();
      }
    });
  }
});
