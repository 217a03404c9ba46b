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
  ...['-blockdev', 'null-co,node-name=ro,read-only=on', '-object', 'memory-backend-ram,id=m4,size=4M'],
  ...['-object', 'memory-backend-ram,id=m3,size=3M'],
];

function devices(...texts: readonly string[]): readonly string[] {
  return [...MACHINE, ...texts.flatMap(text => ['-device', text])];
}

const CONTROLLER = 'nvme,serial=S,id=c';
const NAMESPACE = [CONTROLLER, 'nvme-ns,drive=n0'] as const;

/** The last device is refused. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'a controller without serial number': ['nvme,drive=n0'],
  'no queues': [`${CONTROLLER},max_ioqpairs=0`],
  'too many queues': [`${CONTROLLER},max_ioqpairs=70000`],
  'no interrupts': [`${CONTROLLER},msix_qsize=0`],
  'too many interrupts': [`${CONTROLLER},msix_qsize=2050`],
  'more to append than to transfer': [`${CONTROLLER},zoned.zasl=8`],
  'nothing to verify': [`${CONTROLLER},vsl=0`],
  'a subsystem that is not there': [`${CONTROLLER},subsys=nosuch`],
  'a drive in a subsystem': ['nvme-subsys,id=sub', `${CONTROLLER},subsys=sub,drive=n0`],
  'two serial numbers in a subsystem': [
    'nvme-subsys,id=sub',
    'nvme,serial=1,subsys=sub',
    'nvme,serial=2,subsys=sub',
  ],
  'memory of an odd size': [`${CONTROLLER},pmrdev=m3`],
  'memory that another has': [`${CONTROLLER},pmrdev=m4`, 'nvme,serial=2,pmrdev=m4'],
  'virtual functions by themselves': [`${CONTROLLER},sriov_max_vfs=1`],
  'virtual functions without resources': ['nvme-subsys,id=sub', `${CONTROLLER},subsys=sub,sriov_max_vfs=1`],
  'virtual functions with too few vectors': [
    'nvme-subsys,id=sub',
    `${CONTROLLER},subsys=sub,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=1`,
  ],
  'virtual functions with too few queues': [
    'nvme-subsys,id=sub',
    `${CONTROLLER},subsys=sub,sriov_max_vfs=2,sriov_vq_flexible=3,sriov_vi_flexible=2`,
  ],
  'virtual functions that take everything': [
    'nvme-subsys,id=sub',
    `${CONTROLLER},subsys=sub,sriov_max_vfs=1,sriov_vq_flexible=64,sriov_vi_flexible=1`,
  ],
  'a namespace without controller': ['nvme-ns,drive=n0'],
  'a namespace without drive': [CONTROLLER, 'nvme-ns'],
  'a namespace of a number too large': [CONTROLLER, 'nvme-ns,drive=n0,nsid=257'],
  'a namespace of a number that is taken': [...NAMESPACE, 'nvme-ns,drive=n1,nsid=1'],
  'a namespace detached from nothing': [CONTROLLER, 'nvme-ns,drive=n0,detached=on'],
  'an unknown kind of protection': [CONTROLLER, 'nvme-ns,drive=n0,pi=4'],
  'protection without room for it': [CONTROLLER, 'nvme-ns,drive=n0,pi=2,ms=2'],
  'long protection without room for it': [CONTROLLER, 'nvme-ns,drive=n0,pi=1,pif=2,ms=8'],
  'zones smaller than a block': [CONTROLLER, 'nvme-ns,drive=n0,zoned=on,zoned.zone_size=1'],
  'a zone larger than the drive': [CONTROLLER, 'nvme-ns,drive=n0,zoned=on,zoned.zone_size=2G'],
  'a zone with more in it than it is large': [
    CONTROLLER,
    'nvme-ns,drive=n0,zoned=on,zoned.zone_size=1M,zoned.zone_capacity=2M',
  ],
  'more open zones than active ones': [
    CONTROLLER,
    'nvme-ns,drive=n0,zoned=on,zoned.max_active=2,zoned.max_open=5',
  ],
  'an odd extension of zones': [CONTROLLER, 'nvme-ns,drive=n0,zoned=on,zoned.descr_ext_size=3'],
  'a name that is none': [CONTROLLER, 'nvme-ns,drive=n0,uuid=x'],
};

describe('NVM Express', () => {
  it('controllers and namespaces show what they show in QEMU', async function () {
    const args = devices(
      'nvme,serial=S,id=c1,use-intel-id=on',
      'nvme-ns,drive=n0,bus=c1,id=ns,bootindex=2',
      'nvme-ns,drive=ro,nsid=7,eui64-default=on',
      'nvme,drive=n1,serial=S3,msix-exclusive-bar=on,max_ioqpairs=1000',
    );
    await askBoth(this, { args }, [
      'info qtree',
      'info qom-tree',
      'info mtree -o',
      ['query-pci'],
      ['query-block'],
      ['qom-list', { path: 'c1' }],
      ['qom-list', { path: 'ns' }],
      ['qom-set', { path: '/machine/peripheral/c1', property: 'smart_critical_warning', value: 3 }],
      ['qom-get', { path: '/machine/peripheral/c1', property: 'smart_critical_warning' }],
      ['qom-set', { path: '/machine/peripheral/c1', property: 'smart_critical_warning', value: 255 }],
      ['qom-set', { path: '/machine/peripheral/c1', property: 'smart_critical_warning', value: 256 }],
      ['qom-set', { path: '/machine/peripheral/c1', property: 'subsys', value: '' }],
      ['device-list-properties', { typename: 'nvme' }],
      ['device-list-properties', { typename: 'nvme-ns' }],
      ['device-list-properties', { typename: 'nvme-subsys' }],
    ]);
  });

  it('namespaces of a subsystem are all of its controllers', async function () {
    const args = devices(
      'nvme-subsys,id=sub,nqn=n',
      'nvme,serial=S,subsys=sub,id=c1,cmb_size_mb=2,max_ioqpairs=8,msix_qsize=9',
      'nvme,serial=S,subsys=sub,id=c2,pmrdev=m4',
      'nvme-ns,drive=n0,bus=c1,id=ns,detached=on',
      'nvme-ns,drive=n1,bus=c2,shared=off',
    );
    await askBoth(this, { args }, [
      'info qtree',
      'info qom-tree',
      'info mtree -o',
      ['qom-list', { path: '/machine/peripheral/sub' }],
      ['qom-list', { path: '/machine/peripheral/sub/sub' }],
      ['qom-get', { path: 'ns', property: 'parent_bus' }],
      ['qom-get', { path: '/machine/peripheral/c2', property: 'subsys' }],
      ['qom-set', { path: '/machine/peripheral/c2', property: 'smart_critical_warning', value: 255 }],
      ['qom-set', { path: '/machine/peripheral/c2', property: 'smart_critical_warning', value: 32 }],
      ['object-del', { id: 'm4' }],
      ['device_add', { driver: 'nvme-subsys' }],
      ['device_del', { id: 'sub' }],
      ['device_del', { id: 'ns' }],
      ['device_del', { id: 'c2' }],
      ['system_reset'],
      ['object-del', { id: 'm4' }],
      ['query-block'],
    ]);
  });

  it('controllers come and go with what they use', async function () {
    await askBoth(this, { args: MACHINE }, [
      ['device_add', { driver: 'nvme', serial: 'x', drive: 'n0', id: 'late', pmrdev: 'm4' }],
      ['device_add', { driver: 'nvme-ns', drive: 'n1', bus: 'late' }],
      ['device_add', { driver: 'nvme', serial: 'y', drive: 'n0' }],
      ['blockdev-del', { 'node-name': 'n0' }],
      ['object-del', { id: 'm4' }],
      ['device_del', { id: 'late' }],
      ['object-del', { id: 'm4' }],
      ['device_add', { driver: 'nvme', id: 'late' }],
      'info qtree',
    ]);
  });

  for (const [what, texts] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, async function () {
      await refuseBoth(this, { args: devices(...texts) });
    });
  }
});
