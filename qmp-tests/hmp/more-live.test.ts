import { images } from '../differential/images.ts';
import { askBoth } from '../differential/side-by-side.ts';

const EMPTY = ['-M', 'pseries', '-nodefaults'];

describe('the human monitor, beside QEMU, about what devices are connected to', () => {
  it('adds and removes network backends', async function () {
    const added = [
      ...[
        '',
        'user',
        'id=x',
        'user,id=n0',
        'user,id=n0',
        'type=user,id=n1',
        'foo,id=x',
        'user,id=n2,foo=bar',
      ],
      ...['user,id=n2,net=foo', 'user,id=n2,restrict=maybe', 'user,id=n2,restrict', 'hubport,id=h0,hubid=1'],
      ...['user,id=n3,hostfwd=tcp:127.0.0.1:0-:22,hostfwd=tcp:127.0.0.1:0-:23', 'user,id=1x', 'help'],
      ...['socket,id=so', 'socket,id=sp,listen=127.0.0.1:0', 'nosuch', '{"type":"user","id":"j"}'],
    ].map(options => `netdev_add ${options}`);
    await askBoth(this, { args: [...EMPTY, '-netdev', 'user,id=cli'] }, [
      ...added,
      ...['netdev_add user,id=cli', 'netdev_del cli', 'netdev_add user,id=cli'],
      // What came without options stands in no list of options.
      ['netdev_add', { type: 'user', id: 'q0' }],
      ...['netdev_add user,id=q0', 'netdev_del n0', 'netdev_del n0', 'netdev_del', 'netdev_del h0 x'],
      ...['set_link n1 off', 'info network', 'set_link n1 on', 'set_link n1', 'set_link nosuch on'],
      ...['set_link n1 maybe', 'help netdev_add', 'help set_link', 'info network'],
    ]);
  });

  it('adds and removes objects', async function () {
    const added = [
      ...['', 'memory-backend-ram,id=m0,size=1M', 'memory-backend-ram,id=m0,size=1M', 'nosuch,id=x'],
      ...[
        'memory-backend-ram,size=1M',
        'memory-backend-ram,id=1x,size=1M',
        'memory-backend-ram,id=m1,size=foo',
      ],
      ...['memory-backend-ram,id=m1,size=1M,size=2M', 'memory-backend-ram,id=m2,size=1M,share=maybe'],
      ...['memory-backend-ram,id=m2,size=1M,share', 'memory-backend-ram,id=m2,size=1M,host-nodes=0-1'],
      ...['qom-type=rng-random,id=r0', '{"qom-type":"rng-random","id":"r2"}', '{"qom-type":"rng-random"}'],
      ...['{"qom-type":', 'iothread,id=io0,poll-max-ns=5', 'iothread,id=io1,poll-max-ns=x'],
      ...['secret,id=s0,data=abc', 'throttle-group,id=t1,limits.iops-total=5', 'rng-random,help'],
      ...['memory-backend-ram,help', 'rng-random,id=r1,filename=/nosuch'],
    ].map(options => `object_add ${options}`);
    await askBoth(this, { args: EMPTY }, [
      ...added,
      ...['object_del', 'object_del m0', 'object_del m0', 'object_del /objects/m1', 'help object_add'],
      ...['qom-list /objects/io0'],
    ]);
  });

  it('shows drives and nodes', async function () {
    const args = [
      ...['-drive', 'if=none,id=d0,format=raw,file=disk.raw', '-drive', 'if=none,id=e0'],
      ...['-drive', 'if=none,id=cd0,media=cdrom,format=raw,file=empty.raw,readonly=on'],
      ...['-blockdev', 'driver=file,node-name=f1,filename=disk.qcow2,read-only=on'],
      ...['-blockdev', 'driver=qcow2,node-name=q1,file=f1,read-only=on,detect-zeroes=on,cache.direct=on'],
      ...[
        '-device',
        'virtio-scsi-pci',
        '-device',
        'scsi-hd,drive=d0',
        '-device',
        'scsi-cd,drive=cd0,id=cdrom',
      ],
      ...['-device', 'virtio-blk-pci,drive=q1,id=vb', '-device', 'scsi-cd,id=empty', '-device', 'scsi-cd'],
    ];
    await askBoth(this, { args: [...EMPTY, ...args], files: images() }, [
      ...['info block', 'info block -v', 'info block -n', 'info block -n -v', 'info block d0'],
      ...[
        'info block -v cd0',
        'info block nosuch',
        'info block -n q1',
        'info block -v -n',
        'info blockstats',
      ],
      ...['info block-jobs', 'help info block'],
    ]);
  });

  it('shows USB devices, pointers, and what else there is', async function () {
    const args = [
      ...['-device', 'usb-ehci,id=e', '-device', 'pci-ohci,id=o', '-device', 'usb-tablet,bus=o.0,id=tab'],
      ...[
        '-device',
        'piix3-usb-uhci,id=u',
        '-device',
        'usb-hub,bus=u.0',
        '-device',
        'usb-kbd,bus=u.0,port=1.3',
      ],
      ...['-device', 'usb-mouse,bus=e.0', '-device', 'qemu-xhci,id=x', '-device', 'usb-kbd,bus=x.0'],
      ...['-device', 'usb-uas,bus=x.0', '-device', 'virtio-balloon-pci'],
    ];
    const pages = [
      ...['usb', 'mice', 'balloon', 'tpm', 'irq', 'ramblock', 'vnc', 'spice', 'replay', 'dump', 'virtio'],
      ...['iothreads', 'vm-generation-id', 'migrate', 'migrate_capabilities', 'migrate_parameters'],
    ].map(page => `info ${page}`);
    await askBoth(this, { args: [...EMPTY, ...args] }, [
      ...pages,
      ...['balloon 256', 'balloon', 'info balloon', 'getfd x', 'getfd 1x', 'closefd x'],
      ...['migrate_set_capability xbzrle on', 'migrate_set_capability nosuch on'],
      ...['migrate_set_capability xbzrle maybe', 'info migrate_capabilities'],
    ]);
    await askBoth(this, { args: EMPTY }, pages);
  });

  it('lists properties in the same order', async function () {
    const devices = [
      '-device',
      'e1000e,id=n',
      '-device',
      'qemu-xhci,id=x',
      '-device',
      'pci-bridge,id=b,chassis_nr=1',
    ];
    const paths = [
      '/',
      '/machine',
      '/machine/peripheral',
      '/machine/unattached',
      '/objects',
      'b',
      '/machine/rtc',
    ];
    // Connectors come when they are asked for, and so enter tables in another order.
    const listed = paths.filter(path => path !== '/machine');
    await askBoth(
      this,
      { args: [...EMPTY, ...devices] },
      listed.map(path => `qom-list ${path}`),
    );
  });
});
