import { askBoth, type Question, refuseBoth, type Target } from '../differential/side-by-side.ts';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';

const KIB = 1024;

/** Disks and floppy disks, all empty. */
const FILES = {
  'a.img': new Uint8Array(KIB * KIB),
  'b.img': new Uint8Array(KIB * KIB),
  'c.iso': new Uint8Array(64 * KIB),
  'f.img': new Uint8Array(1440 * KIB),
  'g.img': new Uint8Array(360 * KIB),
  'nvram.img': new Uint8Array(64 * KIB),
};

/** All that shows what is on a board, and what is behind it. */
const QUESTIONS: readonly Question[] = [
  ['query-block'],
  ['query-chardev'],
  ['query-pci'],
  ['query-mice'],
  'info network',
  'info qtree',
  'info qom-tree',
];
/** On PCs it shows firmware, too, which QEMU is given none of here. */
const MEMORY: Readonly<Record<Target, readonly Question[]>> = { ppc64: ['info mtree'], x86_64: [] };

const A = 'file=a.img,format=raw';
const B = 'file=b.img,format=raw';

interface Board {
  readonly target: Target;
  readonly machine: string;
  /** Command lines that can be followed. */
  readonly good: readonly string[];
  /** Command lines that cannot, or not without a word; what is wrong with an option by itself is tried once. */
  readonly bad: readonly string[];
}

const DRIVES = [
  `-drive ${A} -drive ${B}`,
  '-hda a.img -hdb b.img -cdrom c.iso',
  '-hdc a.img -hdd b.img',
  `-drive if=none,${A} -drive if=none,id=mine,${B} -drive if=none`,
  `-drive if=virtio,${A} -device virtio-blk-pci,drive=mine,addr=9 -drive if=none,id=mine,${B},werror=stop`,
  '-nodefaults -drive media=cdrom -drive media=cdrom,file=c.iso,index=2,format=raw',
];

const FLASH = 'if=pflash,file=nvram.img,format=raw';

const FIRMWARE = [
  `-drive ${FLASH}`,
  `-nodefaults -drive ${FLASH},readonly=on -drive if=pflash,unit=1,${A}`,
  '-nodefaults -blockdev driver=file,filename=nvram.img,node-name=n,read-only=on -M pflash0=n',
];

/** PCs without some of their own devices. */
const WITHOUT = [
  '-no-hpet',
  '-nodefaults -M vmport=off,i8042=off,hpet=off',
  '-M i8042=off,pit=off,smm=off',
  '-nodefaults -M pit=off,hpet=off',
];

const BAD_FIRMWARE = [
  `-drive if=pflash,index=1,${A}`,
  `-drive if=pflash,index=2,${A}`,
  '-drive if=pflash',
  '-M pflash0=nosuch',
  '-blockdev driver=null-co,size=1000,node-name=n -M pflash0=n',
  '-blockdev driver=null-co,size=1677721600,node-name=n -M pflash0=n',
  `-blockdev driver=null-co,size=4096,node-name=n -M pflash0=n -drive ${FLASH}`,
  '-device cfi.pflash01',
];

const BAD_DRIVES = [
  '-hda a.img -hda b.img',
  '-cdrom c.iso -hdc a.img',
  '-hda nosuch',
  '-sd a.img',
  '-mtdblock a.img',
  `-drive if=xen,${A}`,
  `-drive if=nosuch,${A}`,
  `-drive ${A},index=1,unit=0`,
  `-drive ${A},index=x`,
  `-drive ${A},unit=99999999999`,
  `-drive ${A},bus=-1`,
  `-drive ${A},media=tape`,
  `-drive ${A},serial=x`,
  `-drive ${A},cache=x`,
  `-drive ${A},aio=x`,
  `-drive ${A},snapshot=x`,
  `-drive if=none,${A},werror=x`,
  `-drive if=none,${A},rerror=enospc`,
  '-drive if=floppy,file=f.img,format=raw,werror=stop',
  `-drive if=none,id=x,${A} -drive if=none,id=x,${B}`,
  '-drive media=disk',
  `-drive id=x,${A} -device virtio-blk,drive=x`,
  `-drive if=virtio,${A} -device virtio-blk,drive=virtio0`,
  `-drive if=none,id=x,${A} -device virtio-blk,drive=x -device virtio-blk,drive=x`,
];

const NETWORKS = [
  '-nic none',
  '-net none',
  '-nic user -nic user,model=virtio,id=back,mac=52:54:00:00:00:05',
  '-nic model=e1000 -nic hubport,hubid=2',
  '-net nic,model=e1000 -net nic,macaddr=52-54-0-0-0-7 -net user -net user,id=u',
  '-netdev user,id=n -net nic,netdev=n,model=virtio,vectors=5',
  '-nodefaults -net nic,addr=3 -net nic,model=rtl8139 -net socket,listen=127.0.0.1:0',
  '-netdev user,id=n -device e1000,netdev=n',
];

const BAD_NETWORKS = [
  '-net nosuch',
  '-net foo=1',
  '-net help',
  '-net hubport,hubid=1',
  '-net none,foo=1',
  '-net user,name=u',
  '-net nic,foo=1,bar=2',
  '-net nic,macaddr=xx',
  '-net nic,netdev=nosuch',
  '-net nic,vectors=99999999999',
  '-net nic,model=VGA',
  '-net nic,model=e1000,addr=20',
  '-net nic,model=e1000,addr=0',
  '-net nic -net nic -net nic -net nic -net nic -net nic -net nic -net nic -net nic',
  '-nic nosuch',
  '-nic nic',
  '-nic hubport',
  '-nic user,macaddr=52:54:00:12:34:99',
  '-nic user,mac=01:00:00:00:00:01',
  '-nic user,id=1x',
  '-nic user,id=a -nic user,id=a',
  '-nic user,id=a -netdev user,id=a',
  '-nic user,model=nosuch',
];

const ENDPOINTS = [
  '-serial none',
  '-serial null -serial none -serial null',
  '-serial mon:null -monitor none',
  '-serial chardev:c -chardev null,id=c -monitor vc',
  '-parallel null -parallel vc',
  '-nographic -serial null -monitor null',
  '-nodefaults -serial vc -parallel null',
];

const DISPLAYS = ['-vga none', '-vga cirrus', '-vga std -device VGA', '-vga none -device VGA'];

const BAD_OTHERS = [
  '-vga xenfb',
  '-vga tcx',
  '-serial nosuch',
  '-serial chardev:nosuch',
  '-serial file:/nosuch/x',
  '-usbdevice nosuch',
];

const BOARDS: readonly Board[] = [
  {
    target: 'ppc64',
    machine: 'pseries',
    good: [
      ...DRIVES,
      `-drive ${A},bus=1,unit=3 -drive ${B},index=9`,
      '-pflash nvram.img',
      ...NETWORKS,
      '-nic user,model=spapr-vlan -nic user,model=ibmveth',
      ...ENDPOINTS,
      ...DISPLAYS,
      '-device cirrus-vga -M usb=off',
      '-usb -nodefaults',
      '-usb -nodefaults -device VGA,yres=600',
      '-nodefaults -usb -vga std',
      '-usbdevice tablet -usbdevice keyboard',
      '-usbdevice mouse -M usb=off',
      '-global scsi-cd.ver=mine -global isa-fdc.driveA=',
    ],
    bad: [
      ...BAD_DRIVES,
      '-fda f.img',
      `-drive if=ide,${A} -fda f.img -drive if=none`,
      `-drive ${A},unit=7`,
      '-pflash c.iso -pflash nvram.img',
      ...BAD_NETWORKS,
      ...BAD_OTHERS,
      '-vga vmware',
      '-vga qxl',
      '-vga virtio',
    ],
  },
  { target: 'ppc64', machine: 'pseries-2.4', good: ['-hda a.img'], bad: [] },
  {
    target: 'x86_64',
    machine: 'pc',
    good: [
      ...DRIVES,
      '-fda f.img -drive if=floppy,index=1,file=g.img,format=raw',
      ...NETWORKS,
      ...ENDPOINTS,
      ...WITHOUT,
      '-serial null -serial null -serial null -serial null -serial null',
      '-parallel null -parallel null -parallel null',
      ...DISPLAYS,
      '-vga vmware',
      '-vga virtio',
      '-device isa-serial -device isa-parallel,chardev=p -chardev null,id=p',
      '-device floppy -device ide-cd',
      '-nodefaults -device floppy,drive-type=120 -device floppy,unit=1 -device isa-serial,index=2,irq=5',
      '-usb',
      '-nodefaults -usbdevice tablet',
      ...FIRMWARE,
    ],
    bad: [
      `-drive if=scsi,${A}`,
      `-drive ${A},index=5`,
      `-drive ${A},readonly=on`,
      `-drive if=floppy,file=f.img,format=raw,index=2`,
      '-parallel null -parallel null -parallel null -parallel null',
      '-device isa-parallel',
      '-device isa-serial,index=9',
      '-device floppy,unit=3',
      '-device floppy -device floppy -device floppy',
    ],
  },
  { target: 'x86_64', machine: 'pc-i440fx-2.1', good: ['-hda a.img', '-vga virtio'], bad: [] },
  {
    target: 'x86_64',
    machine: 'q35',
    good: [
      ...DRIVES,
      ...WITHOUT,
      '-no-acpi -M smbus=off',
      '-M sata=off',
      '-fda f.img',
      `-drive ${A},index=5`,
      ...NETWORKS,
      ...ENDPOINTS,
      ...DISPLAYS,
      '-device isa-fdc',
      '-usb',
      '-usbdevice tablet -device usb-kbd',
      ...FIRMWARE,
    ],
    bad: [
      `-drive ${A},unit=2`,
      `-M sata=off -drive ${A} -drive ${B}`,
      '-device floppy',
      ...BAD_OTHERS,
      ...BAD_FIRMWARE,
    ],
  },
  { target: 'x86_64', machine: 'pc-q35-2.11', good: ['-nodefaults -nic user'], bad: [] },
];

describe('boards, beside QEMU', () => {
  for (const { target, machine, good, bad } of BOARDS) {
    for (const line of ['', ...good]) {
      it(`-M ${machine} ${line}`, async function () {
        const args = ['-M', machine, ...words(line)];
        await askBoth(this, { target, args, files: FILES }, [...QUESTIONS, ...MEMORY[target]]);
      });
    }
    for (const line of bad) {
      it(`-M ${machine} ${line} is refused`, async function () {
        await refuseBoth(this, { target, args: ['-M', machine, ...words(line)], files: FILES });
      });
    }
  }

  it('has its ports where they belong on a PC', async function () {
    requireQemu(this, 'x86_64');
    const args = '-M pc -accel tcg -S -vga std -usb -serial null -serial null -parallel null -nic user,id=n';
    const both = await BesideQemu.start('x86_64', words(args));
    try {
      for (const line of ['info mtree', 'info qtree', 'info pci']) await both.sameText(line);
    } finally {
      await both.stop();
    }
  });
});

function words(line: string): readonly string[] {
  return line.split(' ').filter(word => word !== '');
}
