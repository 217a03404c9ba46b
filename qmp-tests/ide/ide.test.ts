import { askBoth, refuseBoth } from '../differential/side-by-side.ts';

const MACHINE = [
  ...[
    '-M',
    'pseries',
    '-nodefaults',
    '-blockdev',
    'null-co,node-name=n0',
    '-blockdev',
    'null-co,node-name=n1',
  ],
  ...['-blockdev', 'null-co,node-name=ro,read-only=on', '-drive', 'if=none,id=empty'],
  ...['-device', 'ahci,id=ahci'],
];

function devices(...texts: readonly string[]): readonly string[] {
  return [...MACHINE, ...texts.flatMap(text => ['-device', text])];
}

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'a disk without drive': ['ide-hd,bus=ahci.0'],
  'a disk that is empty': ['ide-hd,bus=ahci.0,drive=empty'],
  'a disk that is read-only': ['ide-hd,bus=ahci.0,drive=ro'],
  'a second drive on a cable': ['ide-cd,bus=ahci.0', 'ide-cd,bus=ahci.0'],
  'a slave': ['ide-cd,bus=ahci.0,unit=1'],
  'a place that is taken': ['ide-cd,bus=ahci.0,unit=0', 'ide-cd,bus=ahci.0,unit=0'],
  'large sectors': ['ide-cd,bus=ahci.0,logical_block_size=2048,physical_block_size=2048'],
  'another unit of discarding': ['ide-hd,bus=ahci.0,drive=n0,discard_granularity=1024'],
  'half a geometry': ['ide-hd,bus=ahci.0,drive=n0,cyls=5'],
  'too many heads': ['ide-hd,bus=ahci.0,drive=n0,cyls=65535,heads=17,secs=1'],
  'an unknown translation': ['ide-hd,bus=ahci.0,drive=n0,bios-chs-trans=xx'],
};

describe('IDE', () => {
  it('drives on a SATA controller show what they show in QEMU', async function () {
    const args = devices(
      'ide-hd,bus=ahci.0,drive=n0,id=hd,bootindex=1',
      'ide-cd,bus=ahci.3,id=cd,drive=ro',
      'ide-cd,serial=S,model=M,ver=1',
      'ahci',
      'ide-hd,bus=ide.4,drive=n1,cyls=20,heads=2,secs=5,bios-chs-trans=large,rotation_rate=1',
    );
    await askBoth(this, { args }, [
      'info qtree',
      'info qom-tree',
      'info mtree -o',
      'info pci',
      ['query-pci'],
      ['query-block'],
      ['query-blockstats'],
      ['qom-list', { path: 'hd' }],
      ['qom-list', { path: '/machine/peripheral/ahci/ahci.0' }],
      ['qom-get', { path: '/machine/peripheral/ahci/ahci.0', property: 'hotplug-handler' }],
      ['device-list-properties', { typename: 'ide-hd' }],
      ['device-list-properties', { typename: 'ide-cd' }],
      ['device-list-properties', { typename: 'ich9-ahci' }],
    ]);
  });

  it('controllers come and go, drives do not', async function () {
    await askBoth(this, { args: devices('ide-hd,bus=ahci.0,drive=n0,id=hd') }, [
      ['device_add', { driver: 'ide-cd' }],
      ['device_add', { driver: 'ide-cd', bus: 'ahci.1' }],
      ['device_add', { driver: 'ahci', id: 'late' }],
      ['device_add', { driver: 'ide-cd', bus: 'late.0' }],
      ['device_del', { id: 'hd' }],
      ['device_del', { id: 'late' }],
      ['blockdev-del', { 'node-name': 'n0' }],
      ['device_del', { id: 'ahci' }],
      ['system_reset'],
      ['blockdev-del', { 'node-name': 'n0' }],
      'info qtree',
    ]);
  });

  for (const [what, texts] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, async function () {
      await refuseBoth(this, { args: devices(...texts) });
    });
  }
});
