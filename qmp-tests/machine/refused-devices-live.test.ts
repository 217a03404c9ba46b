import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';

/** Devices that no machine can have, or that need what is not on this host: beside QEMU. */
describe('devices that are refused, beside QEMU', function () {
  this.timeout(60_000);
  let both: BesideQemu | undefined;
  before(function () {
    requireQemu(this, 'ppc64');
  });
  afterEach(async () => {
    await both?.stop();
    both = undefined;
  });

  it('on the command line', async () => {
    const machine = ['-M', 'pseries,x-vof=on', '-accel', 'tcg', '-S'];
    for (const device of [
      'loader',
      'loader,addr=0x10',
      'loader,cpu-num=0',
      'loader,addr=0x10,cpu-num=4',
      'loader,data=1',
      'loader,data-be=on,addr=0',
      'loader,data=1,data-len=9',
      'loader,data=1,data-len=4,force-raw=on',
      'loader,file=/,data-len=1',
      'loader,file=/,addr=0',
      'loader,file=nosuch,cpu-num=9',
      'loader,data=1,data-len=8,bus=pci.0',
      'isa-serial',
      'isa-fdc',
      'i8257',
      'or-irq',
      'generic-sdhci',
      'pnv-phb3',
      'vfio-platform',
      'vhost-vsock-device,guest-cid=3',
      'vhost-vsock-pci,guest-cid=3,vhostfd=x',
      'vhost-scsi-pci,wwpn=x,vhostfd=x',
      'vhost-vsock-pci,disable-legacy=on,disable-modern=on',
      'virtio-keyboard-pci,disable-legacy=on,disable-modern=on',
    ])
      await BesideQemu.refusal('ppc64', [...machine, '-device', device]);
  });

  it('at run time', async () => {
    const pair = await BesideQemu.start('ppc64', [
      ...['-M', 'pseries', '-accel', 'tcg', '-S', '-chardev', 'null,id=c'],
      ...['-device', 'loader,id=value,addr=0x100,data=1,data-len=4'],
    ]);
    both = pair;
    const add = (driver: string, more: Record<string, string | number> = {}) =>
      pair.sameReply('device_add', { driver, ...more });
    await pair.sameReply('qom-list', { path: '/machine/peripheral/value' });
    await add('loader', { data: 1 });
    await add('vhost-vsock-pci');
    await add('vhost-vsock-pci', { 'guest-cid': 2 ** 32 });
    await add('vhost-vsock-pci', { 'guest-cid': 3 });
    await add('vhost-vsock-pci', { 'guest-cid': 3, vhostfd: 'x' });
    await add('vhost-vsock-pci', { 'guest-cid': 3, vhostfd: '9x' });
    await add('vhost-vsock-pci', { 'guest-cid': 3, vhostfd: '2' });
    await add('vhost-scsi-pci');
    await add('vhost-scsi-pci', { wwpn: 'x', num_queues: 0 });
    await add('vhost-scsi-pci', { wwpn: 'x', num_queues: 0, vhostfd: '2' });
    await add('vhost-scsi-pci', { wwpn: 'x', virtqueue_size: 0, vhostfd: '2' });
    await add('vhost-scsi-pci-transitional', { wwpn: 'x' });
    await add('vhost-user-blk-pci');
    await add('vhost-user-blk-pci', { chardev: 'nosuch' });
    await add('vhost-user-blk-pci', { chardev: 'c', 'num-queues': 0 });
    await add('vhost-user-blk-pci', { chardev: 'c', 'queue-size': 0 });
    await add('vhost-user-blk-pci', { chardev: 'c', 'queue-size': 2000 });
    await add('vhost-user-blk-pci', { chardev: 'c' });
    await pair.sameReply('qom-list', { path: '/machine/peripheral' });
  });
});
