import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';

it('what is called by a path, or by the name of something around it, is found as by QEMU', async function () {
  requireQemu(this, 'ppc64');
  const both = await BesideQemu.start('ppc64', ['-accel', 'tcg', '-S']);
  try {
    await both.sameReply('device_add', { driver: 'e1000', id: 'p' });
    await both.sameReply('device_add', { driver: 'qemu-xhci', id: 'x' });
    for (const id of ['p/nosuch', '/p', '', '../peripheral/p', 'x/usb-bus.0', 'x/msix-pba[0]', 'p/', 'p'])
      await both.sameReply('device_del', { id });
    for (const line of ['if=none,id=full,file=/dev/null,format=raw', 'if=none,id=empty'])
      await both.sameText(`drive_add 0 ${line}`);
    for (const file of ['full', 'empty', 'nosuch'])
      await both.sameReply('blockdev-add', {
        driver: 'raw',
        'node-name': `on-${file}`,
        file,
        'read-only': true,
      });
    for (const secret of [{ data: 'a', file: '' }, { file: '' }, {}, { data: '' }, { keyid: 'q' }])
      await both.sameReply('object-add', { 'qom-type': 'secret', id: 's', ...secret });
  } finally {
    await both.stop();
  }
});
