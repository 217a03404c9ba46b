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

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'qmpsim-nvdimm-'));
    writeFileSync(join(folder, 'image'), '');
    truncateSync(join(folder, 'image'), 257 * MIB);
  });
  after(() => rmSync(folder, { recursive: true }));

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
      const both = await BesideQemu.start(target, ['-M', machine, ...ROOM]);
      const memory = (id: string, size: number) =>
        both.sameReply('object-add', { 'qom-type': 'memory-backend-ram', id, size });
      const file = (id: string, readonly: boolean) =>
        both.sameReply('object-add', {
          'qom-type': 'memory-backend-file',
          'mem-path': join(folder, 'image'),
          size: 257 * MIB,
          share: true,
          id,
          readonly,
        });
      const add = (memdev: string, id: string, more: Record<string, string | number | boolean> = {}) =>
        both.sameReply('device_add', { driver: 'nvdimm', id, memdev, ...more });
      await memory('small', MIB);
      await memory('plain', 256 * MIB);
      await memory('labelled', 256 * MIB + 0x20000);
      await memory('large', 513 * MIB);
      await file('fixed', true);
      await file('changing', false);

      await both.sameReply('device_add', { driver: 'nvdimm', id: 'n' });
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
      await both.sameReply('device_add', { driver: 'pc-dimm', id: 'dimm', memdev: 'plain' });
      await both.sameReply('device_add', {
        ...{ driver: 'spapr-nvdimm', id: 'n4', memdev: 'changing' },
        ...{ 'label-size': MIB, uuid: UUID },
      });
      await both.sameReply('device_add', {
        ...{ driver: 'spapr-nvdimm', id: 'n5', memdev: 'small' },
        ...{ 'label-size': MIB, uuid: UUID },
      });

      await both.sameReply('query-memory-devices');
      await both.sameReply('query-memory-size-summary');
      for (const line of ['info memory-devices', 'info mtree', 'info numa']) await both.sameText(line);
      for (const id of ['n0', 'n1', 'n2', 'n3', 'n4']) {
        const path = `/machine/peripheral/${id}`;
        await both.sameReply('qom-list', { path });
        for (const property of ['size', 'label-size', 'uuid', 'unarmed', 'memdev'])
          await both.sameReply('qom-get', { path, property });
        await both.sameReply('qom-set', { path, property: 'label-size', value: 0x40000 });
        await both.sameReply('qom-set', { path, property: 'unarmed', value: true });
        await both.sameReply('qom-set', { path, property: 'uuid', value: 'auto' });
        await both.sameReply('device_del', { id });
      }
      await both.sameReply('object-del', { id: 'labelled' });
      await both.sameReply('qom-list', { path: '/machine' });
      if (target === 'x86_64') await both.sameReply('query-acpi-ospm-status');
      await both.stop();
    });
  }

  it('are there from the start', async function () {
    requireQemu(this, 'x86_64');
    const both = await BesideQemu.start('x86_64', [
      ...['-M', 'q35,nvdimm=on', ...ROOM],
      ...['-object', 'memory-backend-ram,id=m,size=300M', '-device', 'nvdimm,id=n,memdev=m'],
    ]);
    await both.sameReply('query-memory-devices');
    await both.sameText('info mtree');
    await both.sameReply('device_del', { id: 'n' });
    await both.stop();
    const refused = ['-object', 'memory-backend-ram,id=m,size=300M', '-device', 'nvdimm,memdev=m'];
    await BesideQemu.refusal('x86_64', ['-M', 'pc,acpi=off', ...ROOM, ...refused]);
    await BesideQemu.refusal('x86_64', ['-M', 'pc', ...ROOM, ...refused]);
  });
});
