import { images } from '../differential/images.ts';
import { askBoth, type Question, refuseBoth } from '../differential/side-by-side.ts';

const ARGS = ['-M', 'pseries', '-nodefaults', '-device', 'virtio-scsi-pci,id=s'];

/** Options of a drive, written in every way, and what is wrong with some. */
const OPTIONS = [
  ...['file=disk.raw', 'file=disk.qcow2', 'file=file:disk.raw,format=raw', 'file=disk.raw,format=file'],
  ...['driver=raw,file.driver=file,file.filename=disk.raw', 'file.filename=disk.qcow2', 'file=nosuch'],
  ...['driver=file,filename=disk.raw', 'file=disk.raw,format=qcow2', 'file=.', 'file=/dev/null,format=raw'],
  ...['file=null-co://,format=raw', 'file=null-aio://', 'file=null-co://,file.size=1M', 'file=null-co:x'],
  ...['driver=null-co,size=1M', 'driver=null-co,read-zeroes=on', 'file=x,format=null-co', 'file=nosuch:x'],
  ...['file=json:{"driver":"null-co"}', 'file=json:{"driver":"raw"}', 'file=json:{x', 'file=json:[]'],
  ...['', 'file=', 'media=cdrom', 'readonly=on', 'detect-zeroes=on', 'aio=native', 'werror=stop'],
  ...['cache=none', 'cache.direct=on', 'discard=unmap', 'node-name=x', 'format=raw', 'driver=nosuch'],
  ...['none', 'off', 'writeback', 'writethrough', 'directsync', 'unsafe', 'nosuch'].map(
    mode => `file=disk.raw,format=raw,cache=${mode}`,
  ),
  ...[
    ...[
      'cache.direct=on',
      'cache.no-flush=on',
      'cache.writeback=off',
      'cache=none,cache.direct=off',
      'bus=x',
    ],
    ...['cache.direct=x', 'aio=native', 'aio=native,cache=none', 'aio=io_uring', 'aio=x', 'discard=unmap'],
    ...[
      'discard=x',
      'detect-zeroes=on',
      'detect-zeroes=unmap',
      'detect-zeroes=x',
      'readonly=on',
      'media=cdrom',
    ],
    ...[
      'read-only=x',
      'media=x',
      'snapshot=x',
      'copy-on-read=on',
      'copy-on-read=x',
      'werror=stop,rerror=report',
    ],
    ...['werror=x', 'rerror=enospc', 'index=1,bus=0,unit=2', 'driver=raw', 'x=1', 'file.x=1', 'serial=x'],
    ...['node-name=n', 'node-name=1n', 'offset=512,size=1k', 'offset=2M', 'file.driver=null-co', 'if=virtio'],
    ...['if=x', 'format=nosuch', 'unit=3', 'id=b'],
  ].map(option => `file=disk.raw,format=raw,${option}`),
];

const plug = (driver: string, options: object): Question => ['device_add', { driver, ...options }];

describe('drives, beside QEMU', function () {
  this.timeout(60_000);

  it('have options by many names', async function () {
    await askBoth(
      this,
      { args: ARGS, files: images() },
      OPTIONS.flatMap(options => [
        `drive_add dummy if=none,id=a,${options}`,
        ['query-block'],
        ['query-named-block-nodes'],
        'info block -v',
        'drive_del a',
        ...(options.includes('id=b') ? ['drive_del b'] : []),
      ]),
    );
  });

  it('come and go by the human monitor', async function () {
    await askBoth(this, { args: ARGS, files: images() }, [
      ...['drive_add', 'drive_add x', 'drive_add x y z', 'drive_add -x x y', 'drive_del', 'drive_del x y'],
      ...['drive_add x help', 'drive_add x if=none', 'drive_add x if=none,id=none1', 'drive_add x if=none'],
      ...['drive_add x if=none,id=1x', 'drive_add x if=none,id=u,unit=7', 'drive_add x if=none,unit=7'],
      ...['drive_add x id=d', 'drive_add x file=null-co://,format=raw', 'info block', 'drive_del none0'],
      ...['drive_add -n x driver=null-co', 'drive_add -n x driver=null-co,node-name=n,size=1M'],
      ...[
        'drive_add -n x driver=null-co,node-name=n',
        'drive_add x if=none,id=n,driver=null-co',
        'info block n',
      ],
      ...['info block -n', 'info block -n -v', 'info block x y', 'info block -x', 'info block nosuch'],
      ...['drive_add x if=none,id=a,file=disk.qcow2,cache=unsafe', 'drive_add x if=none,id=a'],
      ...['drive_add x if=none,id=c,file=disk.raw,format=raw,readonly=on,detect-zeroes=on'],
      plug('scsi-hd', { id: 'hd', bus: 's.0', drive: 'a' }),
      plug('scsi-cd', { id: 'cd', bus: 's.0', drive: 'c' }),
      plug('scsi-cd', { id: 'empty', bus: 's.0' }),
      plug('virtio-blk-pci', { id: 'blk', drive: 'n' }),
      ...[
        'info block',
        'info block -v a',
        'info blockstats',
        'info block-jobs',
        'drive_del n',
        'drive_del cd',
      ],
      ['query-block-jobs'],
      ...['drive_del a', 'drive_del a', 'info block', 'drive_add x if=none,id=a'],
      ['query-block'],
      ['query-named-block-nodes'],
      plug('scsi-hd', { id: 'other', bus: 's.0', drive: 'a' }),
      ...['drive_del c', 'info block'],
      ...[
        'help drive_add',
        'help drive_del',
        'help info block',
        'help info blockstats',
        'help info block-jobs',
      ],
    ]);
  });

  for (const options of ['if=none,id=a,file=disk.raw,format=raw,cache=x', 'if=none,file=x:y', 'if=x,id=a']) {
    it(`are refused with -drive ${options}`, async function () {
      await refuseBoth(this, { args: [...ARGS, '-drive', options], files: images() });
    });
  }
});
