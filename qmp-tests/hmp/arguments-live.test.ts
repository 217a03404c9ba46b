import { askBoth } from '../differential/side-by-side.ts';

describe('arguments of the human monitor, beside QEMU', function () {
  this.timeout(30_000);
  const same = (name: string, lines: readonly string[]) =>
    it(name, async function () {
      await askBoth(this, { args: ['-M', 'pseries', '-nodefaults'] }, lines);
    });

  same('are called by their names where they are missing', [
    ...['eject', 'eject -f', 'eject "', 'change', 'change d0', 'change d0 -f', 'drive_del', 'object_add'],
    ...['change vnc password x retain', 'change vnc -f password', 'balloon -1', 'balloon 8796093022208'],
  ]);

  same('are the whole rest of the line for an object', [
    ...['object_add secret,id=a,data=a b', 'object_add iothread,id=b ', 'object_add "iothread,id=c"'],
    ...['object_add iothread,id=d x', 'info qom-tree /objects'],
  ]);

  same('are looked at in the order of their declaration', [
    ...['object_add memory-backend-ram,size=x', 'object_add memory-backend-ram,size=y,share=x,id=a'],
    ...['object_add memory-backend-file,id=a,align=x', 'object_add iothread,poll-max-ns=x'],
    ...['object_add throttle-group,id=a,limits.iops-total=x', 'object_add iothread,id=a,poll-grow.x=5'],
    ...['netdev_add l2tpv3,id=a,src=x,txsession=x', 'netdev_add tap,id=a,queues=x', 'netdev_add stream,id=a'],
    ...['netdev_add hubport,id=a,hubid=x', 'netdev_add vde,id=a,port=x', 'netdev_add tap,id=a,sndbuf=x'],
    'netdev_add vhost-user,id=a,chardev=x,queues=18446744073709551616',
  ]);

  same('have numbers and sizes of character devices as everywhere', [
    ...['width=0x10', 'width=-1', 'width=18446744073709551616', 'width=010', 'size=1.5K', 'size=5x'].map(
      option => `chardev-add vc,id=c,${option}`,
    ),
    ...['chardev-remove c', 'chardev-add ringbuf,id=c,size=0x10K', 'chardev-add ringbuf,id=d,size=-1'],
  ]);

  same('name nodes that there are not', [
    ...['drive_add -n 0 node-name=b', 'drive_add -n 0 node-name=b,file=a', 'drive_add -n 0 driver=x,id=1x'],
    ...['drive_add -n 0 node-name=a,driver=null-co', 'drive_add -n 0 node-name=b,file=a', 'info block -n'],
  ]);

  same('name devices by other names', ['device_add virtio-net,help', 'device_add ahci,x=y,help']);

  same('name objects, one of several being none', [
    ...[
      'object_add iothread,id=x',
      'chardev-add null,id=x',
      'info qom-tree x',
      'qom-list x',
      'qom-set x type y',
    ],
  ]);
});
