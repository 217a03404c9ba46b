import { images } from '../differential/images.ts';
import { askBoth, type Question } from '../differential/side-by-side.ts';

const FILE = { driver: 'file', filename: 'disk.raw' };
const IMAGE = { driver: 'file', filename: 'disk.qcow2' };
const MINE = { 'share-rw': true };

const add = (name: string, options: object): Question => ['blockdev-add', { 'node-name': name, ...options }];
const remove = (name: string): Question => ['blockdev-del', { 'node-name': name }];
const plug = (driver: string, drive: string, options: object = {}): Question => [
  'device_add',
  { driver, drive, ...options },
];

/** What is wrong with a node, each time more than one thing: which one QEMU tells of. */
const FAULTS: readonly Question[] = [
  add('b0', { driver: 'null-co' }),
  add('b0', { driver: 'raw', file: 'nosuch', 'force-share': true }),
  add('b0', { driver: 'raw', file: 'b0', 'force-share': true, 'detect-zeroes': 'unmap' }),
  add('b0', { driver: 'raw', file: 'b0', 'detect-zeroes': 'unmap' }),
  add('1x', { driver: 'null-co', 'detect-zeroes': 'unmap' }),
  add('b0', { driver: 'file', filename: '', 'force-share': true }),
  add('b0', { driver: 'file', filename: '', 'detect-zeroes': 'unmap' }),
  add('b1', { driver: 'file', filename: '.' }),
  add('b1', { driver: 'file', filename: '.', 'read-only': true }),
  add('b1', { driver: 'file', filename: 'disk.raw', aio: 'native' }),
  add('b1', { driver: 'file', filename: 'disk.raw', 'pr-manager': 'x' }),
  add('b1', { driver: 'null-co', cache: {} }),
  add('b1', { driver: 'raw', file: { ...FILE, cache: {} } }),
  add('b1', { driver: 'raw', file: FILE, offset: 3, size: 5, cache: {} }),
  add('b1', { driver: 'qcow2', file: FILE, cache: {} }),
  add('b1', { driver: 'qcow2', file: IMAGE, cache: {} }),
  add('r6', { driver: 'raw', file: { driver: 'null-co', 'node-name': 'r6' } }),
  ['query-named-block-nodes'],
];

/** Who keeps whom from writing, as nodes and as files of the host. */
const CONFLICTS: readonly Question[] = [
  add('y', IMAGE),
  add('z', { driver: 'qcow2', file: 'y' }),
  add('z2', { driver: 'qcow2', file: 'y' }),
  add('z2', { driver: 'qcow2', file: IMAGE }),
  add('z2', { driver: 'qcow2', file: IMAGE, 'read-only': true }),
  add('z2', { driver: 'qcow2', file: IMAGE, 'read-only': true, 'force-share': true }),
  plug('virtio-blk-pci', 'y'),
  plug('virtio-blk-pci', 'z', { id: 'v' }),
  remove('z'),
  add('k', FILE),
  add('part', { driver: 'raw', file: 'k', offset: 512 }),
  add('q', { driver: 'qcow2', file: 'k' }),
  add('q', { driver: 'qcow2', file: FILE }),
  remove('part'),
  plug('virtio-blk-pci', 'k', MINE),
  plug('virtio-blk-pci', 'k', { ...MINE, id: 's2' }),
  plug('virtio-blk-pci', 'k'),
  add('q', { driver: 'qcow2', file: 'k' }),
  add('q', { driver: 'qcow2', file: FILE }),
  add('r', { driver: 'raw', file: FILE }),
  plug('virtio-blk-pci', 'r'),
  plug('nvme', 'r', { ...MINE, serial: 'x' }),
  add('q', { driver: 'qcow2', file: 'r' }),
  ['query-block'],
];

describe('block nodes, beside QEMU', () => {
  const setting = { args: ['-M', 'pseries', '-nodefaults'], files: images() };

  it('tell of their faults in the same order', async function () {
    await askBoth(this, setting, FAULTS);
  });

  it('keep each other from the same files', async function () {
    await askBoth(this, setting, CONFLICTS);
  });

  it('are called, and look, as those below them make them', async function () {
    const image = { driver: 'file', filename: 'disk.qcow2' };
    await askBoth(this, setting, [
      add('image', { driver: 'qcow2', file: image }),
      add('whole', { driver: 'raw', file: 'image' }),
      add('part', { driver: 'raw', file: 'whole', offset: 512 }),
      add('raw', { driver: 'raw', file: { driver: 'raw', file: FILE } }),
      add('null', { driver: 'raw', file: { driver: 'null-co' } }),
      ['query-named-block-nodes'],
      'info block -n -v',
      'drive_add -n 0 node-name=x,file=nosuch,readonly=on',
    ]);
  });
});
