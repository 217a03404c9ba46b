import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';

/** Options that ask for what no machine here has, and so end with QEMU's own words where there are any. */
describe('rare options beside QEMU', function () {
  this.timeout(60_000);
  let folder = '';

  before(function () {
    requireQemu(this, 'x86_64');
    requireQemu(this, 'ppc64');
    folder = mkdtempSync(join(tmpdir(), 'qmpsim-rare-'));
    writeFileSync(join(folder, 'raw'), '');
    truncateSync(join(folder, 'raw'), 1 << 20);
  });
  after(() => rmSync(folder, { recursive: true }));

  const refused = (...words: readonly string[]) =>
    BesideQemu.refusal('x86_64', ['-M', 'pc', '-accel', 'tcg', '-S', ...words]);

  it('counting instructions', async () => {
    for (const text of ['nosuch', '11', 'shift=3,align=on,sleep=off', 'align=on', 'rr=x', 'rr=record', 'x=1'])
      await refused('-icount', text);
  });

  it('items for firmware', async () => {
    for (const text of [
      'foo',
      'name=opt/x',
      'name=opt/x,string=y,file=z',
      'string=y',
      `name=opt/${'x'.repeat(60)},string=y`,
      'name=x,gen_id=nosuch',
      'name=opt/x,file=/nosuch',
      'name=opt/x,file=/',
      'foo=bar',
    ])
      await refused('-fw_cfg', text);
    await refused('-fw_cfg', 'name=opt/x,string=y', '-fw_cfg', 'name=opt/x,string=z');
  });

  it('TPMs', async () => {
    for (const text of ['help', 'x', 'x,id=t', 'id=t', 'emulator,id=t', 'passthrough,id=t,path=/nosuch'])
      await refused('-tpmdev', text);
    await refused('-tpmdev', 'passthrough,id=t,path=/dev/null');
  });

  it('saved states', async () => {
    await refused('-loadvm', 'x');
    await refused('-drive', `file=${join(folder, 'raw')},format=raw,id=d`, '-loadvm', 'x');
    await refused('-preconfig', '-loadvm', 'x');
    await refused('-incoming', 'x');
    await refused('-chroot', join(folder, 'nosuch'));
    await refused('-chroot', '/dev/null/x');
  });

  it('kernels that are none', async () => {
    for (const file of ['/', '/dev/null', 'nosuch', '/etc/passwd', process.execPath]) {
      // The program of this test is one for x86-64, which QEMU would look into for a note.
      if (file !== process.execPath) await refused('-kernel', file);
      await BesideQemu.refusal('ppc64', ['-accel', 'tcg', '-S', '-kernel', file]);
    }
  });

  it('devices that could not move to another host', async () => {
    await refused('-only-migratable', '-device', 'nvme,serial=x');
    const crypto = ['-object', 'cryptodev-backend-builtin,id=c', '-device', 'virtio-crypto-pci,cryptodev=c'];
    await refused('-only-migratable', ...crypto);
    const memory = ['-object', 'memory-backend-ram,id=m,size=1M', '-device', 'ivshmem-plain,memdev=m'];
    await refused('-only-migratable', ...memory);
  });

  it('numbers of network backends', async () => {
    for (const text of [
      'hubport,hubid=x',
      'tap,queues=x',
      'tap,sndbuf=x',
      'user,ipv6-prefixlen=x',
      'vhost-user,chardev=c,queues=x',
      'vde,port=x',
    ])
      await refused('-netdev', `${text},id=n`);
  });
});
