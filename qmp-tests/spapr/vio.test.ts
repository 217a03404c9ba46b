import assert from 'node:assert/strict';
import { askBoth, refuseBoth } from '../differential/side-by-side.ts';
import { RunningProgram } from '../helpers/program.ts';

const MACHINE = ['-M', 'pseries', '-nodefaults', '-chardev', 'null,id=c0', '-chardev', 'null,id=c1'];

function devices(...texts: readonly string[]): readonly string[] {
  return [...MACHINE, ...texts.flatMap(text => ['-device', text])];
}

/** Command lines that cannot be followed. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'the address of another device': ['spapr-vscsi,reg=0x71000000'],
  'an address given twice': ['spapr-vlan,reg=0x3000', 'spapr-vty,chardev=c0,reg=0x3000'],
  'an interrupt source that is taken': ['spapr-vscsi,reg=5'],
  'an interrupt source that two addresses share': ['spapr-vlan', 'spapr-vscsi,reg=0x1000'],
  'interrupt sources of consoles': [
    'spapr-vty,chardev=c0,reg=0x30000000',
    'spapr-vty,chardev=c1,reg=0x30010000',
  ],
  'an address that is none': ['spapr-vscsi,reg=x'],
  'an address that is too large': ['spapr-vlan,reg=0x100000000'],
  'a console without character device': ['spapr-vty'],
  'a character device that is not there': ['spapr-vty,chardev=nosuch'],
  'a character device that is in use': ['spapr-vty,chardev=c0', 'spapr-vty,chardev=c0'],
  'the memory that every machine has': ['spapr-nvram'],
  'the clock that every machine has': ['spapr-rtc'],
  'a bus of another kind': ['spapr-vscsi,bus=pci.0'],
  'a device of another kind': ['e1000,bus=spapr-vio'],
  'a SCSI channel too many': ['spapr-vscsi,id=vs', 'scsi-cd,bus=vs.0,channel=8'],
  'a SCSI target too many': ['spapr-vscsi,id=vs', 'scsi-cd,bus=vs.0,scsi-id=64'],
  'a logical unit too many': ['spapr-vscsi,id=vs', 'scsi-cd,bus=vs.0,lun=32'],
};

describe('virtual I/O', () => {
  it('devices get addresses, names and DMA windows as in QEMU', async function () {
    const args = devices(
      'spapr-vlan,reg=0x71000001,mac=52:54:00:00:00:01',
      'spapr-vscsi',
      'spapr-vty,chardev=c0',
      'spapr-vscsi,id=vs,reg=0x5000',
      'spapr-vty,id=con,chardev=c1,reg=0x30000000',
      'scsi-cd,bus=vs.0',
      'scsi-cd,bus=vs.0,id=last,channel=7,scsi-id=63,lun=31',
    );
    await askBoth(this, { args }, [
      'info qtree',
      'info qom-tree',
      ['qom-list', { path: '/machine/peripheral/vs' }],
      ['qom-list', { path: '/machine/peripheral/vs/tce-table-5000' }],
      ['qom-list', { path: '/machine/peripheral-anon/device[0]' }],
      ['qom-get', { path: '/machine/peripheral-anon/device[1]', property: 'reg' }],
      ['qom-get', { path: '/machine/peripheral/vs/iommu-spapr-root[0]', property: 'size' }],
      ['qom-get', { path: '/machine/peripheral/vs/iommu-spapr-bypass[0]', property: 'priority' }],
      ['qom-set', { path: 'con', property: 'reg', value: 1 }],
      ['query-block'],
      ['query-rx-filter'],
      ['query-rx-filter', { name: 'l-lan@71000001' }],
      ['device-list-properties', { typename: 'spapr-vscsi' }],
      ['device-list-properties', { typename: 'spapr-vlan' }],
      ['device-list-properties', { typename: 'spapr-vty' }],
      ['device-list-properties', { typename: 'spapr-nvram' }],
    ]);
  });

  it('devices neither come nor go', async function () {
    await askBoth(this, { args: devices('spapr-vscsi,id=vs', 'scsi-cd,bus=vs.0,id=cd', 'spapr-vlan') }, [
      ['device_add', { driver: 'spapr-vlan', id: 'late' }],
      ['device_add', { driver: 'spapr-vlan', bus: 'spapr-vio' }],
      ['device_add', { driver: 'scsi-cd', bus: 'vs.0' }],
      ['device_del', { id: 'vs' }],
      ['device_del', { id: 'cd' }],
      ['device_del', { id: 'v-scsi@71000001' }],
      ['device_del', { id: '/machine/peripheral-anon/device[0]' }],
      ['device_del', { id: '/machine/unattached/device[3]' }],
      'info qtree',
    ]);
  });

  it('DMA windows hold what the guest maps, until it is reset', async () => {
    const program = await RunningProgram.start(['-accel', 'kvm', '-device', 'spapr-vlan,id=lan', '-S']);
    const { qmp } = program;
    try {
      const liobn = 0x71000001;
      const table = async () => (await qmp.execute('x-query-tce-tables')).find(each => each.liobn === liobn);
      const empty = {
        'qom-path': '/machine/peripheral/lan/tce-table-71000001',
        liobn,
        'bus-offset': 0,
        'page-shift': 12,
        'nb-table': 65536,
        'need-vfio': false,
        accelerated: true,
        mapped: 0,
      };
      assert.deepEqual(await table(), empty);
      const put = (ioba: number) =>
        qmp.execute('x-hcall', { name: 'H_PUT_TCE', args: [liobn, ioba, 0x5003] });
      assert.deepEqual(await put(0x1000), { ret: 0, out: [] });
      assert.deepEqual(await put(0x10000000), { ret: -4, out: [] });
      assert.deepEqual(await table(), { ...empty, mapped: 1 });
      await qmp.execute('system_reset');
      assert.deepEqual(await table(), empty);
    } finally {
      await program.stop();
    }
  });

  for (const [what, texts] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, async function () {
      await refuseBoth(this, { args: devices(...texts) });
    });
  }
});
