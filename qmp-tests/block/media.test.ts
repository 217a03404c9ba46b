import { images } from '../differential/images.ts';
import { askBoth, type Question } from '../differential/side-by-side.ts';

const FILES = { ...images(), 'cd.iso': new Uint8Array(1 << 16) };

const drives = [
  'if=none,id=c0,file=cd.iso,format=raw,media=cdrom',
  'if=none,id=e0',
  'if=none,id=d0,file=disk.raw,format=raw',
  'if=none,id=loose,file=empty.raw,format=raw',
].flatMap(drive => ['-drive', drive]);
const nodes = [
  'driver=file,filename=disk.qcow2,node-name=n1,read-only=on',
  'driver=null-co,node-name=n2',
].flatMap(node => ['-blockdev', node]);

const BUSES = {
  'pseries with SCSI': ['-M', 'pseries', '-device', 'virtio-scsi-pci'],
  'q35 with IDE': ['-M', 'q35'],
} as const;
const DEVICES = {
  'pseries with SCSI': [
    'scsi-cd,id=cd,drive=c0',
    'scsi-hd,id=hd,drive=d0',
    'scsi-cd,drive=e0,id=ee',
    'scsi-cd,id=own',
  ],
  'q35 with IDE': [
    'ide-cd,id=cd,drive=c0,bus=ide.0',
    'ide-hd,id=hd,drive=d0,bus=ide.1',
    'ide-cd,drive=e0,id=ee,bus=ide.2',
    'ide-cd,id=own,bus=ide.3',
  ],
} as const;

const LOOK: Question = ['query-block'];

/** Trays and media of drives that have a device, or none, right and wrong. */
const QUESTIONS: readonly Question[] = [
  LOOK,
  ['blockdev-open-tray', { id: 'cd' }],
  ['blockdev-open-tray', { id: 'cd' }],
  'info block',
  ['blockdev-remove-medium', { id: 'cd' }],
  LOOK,
  ['query-named-block-nodes'],
  ['blockdev-remove-medium', { id: 'cd' }],
  ['blockdev-insert-medium', { id: 'cd', 'node-name': 'nosuch' }],
  ['blockdev-insert-medium', { id: 'cd', 'node-name': 'n1' }],
  ['blockdev-insert-medium', { id: 'cd', 'node-name': 'n2' }],
  ['blockdev-insert-medium', { id: 'ee', 'node-name': 'n1' }],
  ['blockdev-insert-medium', { id: 'ee', 'node-name': 'n2' }],
  ['blockdev-close-tray', { id: 'cd' }],
  ['blockdev-close-tray', { id: 'cd', force: true }],
  ['blockdev-close-tray', { id: 'cd' }],
  ['blockdev-remove-medium', { id: 'cd' }],
  ['blockdev-del', { 'node-name': 'n1' }],
  ['eject', { id: 'cd', force: true }],
  LOOK,
  ['blockdev-del', { 'node-name': 'n1' }],
  ['eject', { device: 'c0' }],
  ['eject'],
  ['eject', { device: 'c0', id: 'cd' }],
  ...['nosuch', 'hd', '/machine/peripheral/cd', '/machine', 'peripheral'].map(
    (id): Question => ['eject', { id }],
  ),
  ...['nosuch', 'd0', 'e0', 'loose'].map((device): Question => ['eject', { device }]),
  ['blockdev-open-tray', { device: 'loose' }],
  ['blockdev-close-tray', { device: 'loose' }],
  ['blockdev-open-tray', {}],
  ['blockdev-close-tray', { id: 'hd' }],
  ['blockdev-remove-medium', { id: 'hd' }],
  ['blockdev-insert-medium', { id: 'hd', 'node-name': 'n2' }],
  ['blockdev-change-medium', { id: 'cd', filename: 'cd.iso' }],
  LOOK,
  ['blockdev-change-medium', { id: 'cd', filename: 'nosuch.iso' }],
  ['blockdev-change-medium', { id: 'cd', filename: 'disk.qcow2', 'read-only-mode': 'read-only' }],
  ['blockdev-change-medium', { id: 'cd', filename: 'cd.iso', format: 'nosuch' }],
  ['blockdev-change-medium', { id: 'cd', filename: 'cd.iso', format: 'raw', 'read-only-mode': 'sometimes' }],
  ['blockdev-change-medium', { id: 'cd', filename: 'cd.iso', format: 'raw', 'read-only-mode': 'read-write' }],
  LOOK,
  ['blockdev-change-medium', { id: 'own', filename: 'cd.iso', format: 'raw' }],
  ['blockdev-change-medium', { id: 'hd', filename: 'disk.qcow2' }],
  ['blockdev-change-medium', { device: 'loose', filename: 'empty.raw', format: 'raw' }],
  LOOK,
  ...['eject c0', 'eject -f c0', 'eject nosuch', 'change c0 disk.qcow2', 'change c0 cd.iso raw read-only'],
  ...['change c0 cd.iso raw sometimes', 'change nosuch x', 'change vnc x', 'change vnc password x'],
  ...['help eject', 'help change', 'info block'],
];

describe('media that can be changed, beside QEMU', () => {
  for (const [name, machine] of Object.entries(BUSES)) {
    it(`on ${name}`, async function () {
      const devices = DEVICES[name as keyof typeof DEVICES].flatMap(device => ['-device', device]);
      const target = name.startsWith('q35') ? 'x86_64' : 'ppc64';
      const args = [...machine, '-nodefaults', ...drives, ...nodes, ...devices];
      await askBoth(this, { target, args, files: FILES }, QUESTIONS);
    });
  }
});
