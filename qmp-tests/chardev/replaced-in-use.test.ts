import { askBoth, type Question } from '../differential/side-by-side.ts';

const IDS = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'];
const DEVICES = [
  ...['pci-serial,chardev=c0,id=serial', 'pci-serial-2x,chardev1=c1,chardev2=c2', 'spapr-vty,chardev=c3'],
  ...['virtio-serial-pci', 'virtconsole,chardev=c4', 'virtserialport,chardev=c5', 'qemu-xhci'],
  'usb-serial,chardev=c6',
];

const change = (id: string, type: string, data: object = {}): Question => [
  'chardev-change',
  { id, backend: { type, data } },
];
const nowhere = { addr: { type: 'unix', data: { path: '/nosuch/socket' } }, server: true, wait: false };

describe('a character device that is in use, beside QEMU', () => {
  it('goes with a device that redirects USB to it', async function () {
    const args = ['-M', 'pseries', '-nodefaults', '-chardev', 'null,id=c0', '-device', 'qemu-xhci,id=usb'];
    await askBoth(this, { args }, [
      'device_add usb-redir,chardev=c0,port=99',
      ['query-chardev'],
      'device_add usb-redir,id=redir,chardev=c0',
      'device_del redir',
      ['query-chardev'],
      'chardev-add null,id=c0',
    ]);
  });

  it('is replaced if its user goes on with another one', async function () {
    const args = [
      ...['-M', 'pseries', '-nodefaults'],
      ...IDS.flatMap(id => ['-chardev', `null,id=${id},logfile=${id}.log`]),
      ...DEVICES.flatMap(device => ['-device', device]),
    ];
    await askBoth(this, { args }, [
      ...IDS.map(id => change(id, 'ringbuf', { size: 16 })),
      ['query-chardev'],
      // Without another one, all stays.
      change('c0', 'ringbuf', { size: -1 }),
      change('c0', 'socket', nowhere),
      ['query-chardev'],
      change('c0', 'null'),
      ['chardev-remove', { id: 'c0' }],
      ['device_del', { id: 'serial' }],
      ['chardev-remove', { id: 'c0' }],
      ['query-chardev'],
    ]);
  });
});
