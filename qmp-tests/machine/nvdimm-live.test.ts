import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BesideQemu, requireQemu, type Target } from '../helpers/beside-qemu.ts';

const MIB = 1 << 20;
const UUID = '75a3cdd7-6a2f-4791-8d15-fe0a920e8e9e';
const ROOM = ['-m', '1G,slots=6,maxmem=8G', '-accel', 'tcg', '-S'];

describe('NVDIMMs beside QEMU', function () {
  this.timeout(60_000);
  let folder = '';
  let both: BesideQemu | undefined;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'qmpsim-nvdimm-'));
    writeFileSync(join(folder, 'image'), '');
    truncateSync(join(folder, 'image'), 257 * MIB);
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(async () => {
    await both?.stop();
    both = undefined;
  });

  const machines: readonly (readonly [Target, string])[] = [
    ['ppc64', 'pseries'],
    ['ppc64', 'pseries,nvdimm=off'],
    ['ppc64', 'pseries-4.2'],
    ['x86_64', 'q35,nvdimm=on'],
    ['x86_64', 'pc,nvdimm=on'],
    ['x86_64', 'pc'],
  ];
  for (const [target, machine] of machines) {
    it(`come, and stay, on ${machine}`, async function () {
      requireQemu(this, target);
      const pair = await BesideQemu.start(target, ['-M', machine, ...ROOM]);
      both = pair;
      const memory = (id: string, size: number) =>
        pair.sameReply('object-add', { 'qom-type': 'memory-backend-ram', id, size });
      const file = (id: string, readonly: boolean) =>
        pair.sameReply('object-add', {
          'qom-type': 'memory-backend-file',
          'mem-path': join(folder, 'image'),
          size: 257 * MIB,
          share: true,
          id,
          readonly,
        });
      const add = (memdev: string, id: string, more: Record<string, string | number | boolean> = {}) =>
        pair.sameReply('device_add', { driver: 'nvdimm', id, memdev, ...more });
      await memory('small', MIB);
      await memory('plain', 256 * MIB);
      await memory('labelled', 256 * MIB + 0x20000);
      await memory('large', 513 * MIB);
      await file('fixed', true);
      await file('changing', false);

      await pair.sameReply('device_add', { driver: 'nvdimm', id: 'n' });
      await add('small', 'n', { 'label-size': 0x20000 });
      await add('plain', 'n', { 'label-size': 1 });
      await add('plain', 'n', { 'label-size': 256 * MIB });
      await add('plain', 'n', { uuid: 'x' });
      await add('plain', 'n', { 'label-size': 0x20000, uuid: UUID, slot: 9 });
      await add('plain', 'n', {});
      await add('labelled', 'n0', { 'label-size': 0x20000 });
      await add('labelled', 'n1', { 'label-size': 0x20000, uuid: UUID, slot: 2 });
      await add('large', 'n2', { 'label-size': '1M', uuid: UUID.toUpperCase() });
      await add('fixed', 'n3', { 'label-size': MIB, uuid: UUID });
      await add('fixed', 'n3', { 'label-size': MIB, uuid: UUID, unarmed: true });
      await pair.sameReply('device_add', { driver: 'pc-dimm', id: 'dimm', memdev: 'plain' });
      await pair.sameReply('device_add', {
        ...{ driver: 'spapr-nvdimm', id: 'n4', memdev: 'changing' },
        ...{ 'label-size': MIB, uuid: UUID },
      });
      await pair.sameReply('device_add', {
        ...{ driver: 'spapr-nvdimm', id: 'n5', memdev: 'small' },
        ...{ 'label-size': MIB, uuid: UUID },
      });

      await pair.sameReply('query-memory-devices');
      await pair.sameReply('query-memory-size-summary');
      for (const line of ['info memory-devices', 'info mtree', 'info numa']) await pair.sameText(line);
      for (const id of ['n0', 'n1', 'n2', 'n3', 'n4']) {
        const path = `/machine/peripheral/${id}`;
        await pair.sameReply('qom-list', { path });
        for (const property of ['size', 'label-size', 'uuid', 'unarmed', 'memdev'])
          await pair.sameReply('qom-get', { path, property });
        await pair.sameReply('qom-set', { path, property: 'label-size', value: 0x40000 });
        await pair.sameReply('qom-set', { path, property: 'unarmed', value: true });
        await pair.sameReply('qom-set', { path, property: 'uuid', value: 'auto' });
        await pair.sameReply('device_del', { id });
      }
      await pair.sameReply('object-del', { id: 'labelled' });
      await pair.sameReply('qom-list', { path: '/machine' });
      if (target === 'x86_64') await pair.sameReply('query-acpi-ospm-status');
    });
  }

  it('are there from the start', async function () {
    requireQemu(this, 'x86_64');
    const pair = await BesideQemu.start('x86_64', [
      ...['-M', 'q35,nvdimm=on', ...ROOM],
      ...['-object', 'memory-backend-ram,id=m,size=300M', '-device', 'nvdimm,id=n,memdev=m'],
    ]);
    both = pair;
    await pair.sameReply('query-memory-devices');
    await pair.sameText('info mtree');
    await pair.sameReply('device_del', { id: 'n' });
    const refused = ['-object', 'memory-backend-ram,id=m,size=300M', '-device', 'nvdimm,memdev=m'];
    await BesideQemu.refusal('x86_64', ['-M', 'pc,acpi=off', ...ROOM, ...refused]);
    await BesideQemu.refusal('x86_64', ['-M', 'pc', ...ROOM, ...refused]);
  });
});
