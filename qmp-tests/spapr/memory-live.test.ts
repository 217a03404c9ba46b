import { askBoth, type Question } from '../differential/side-by-side.ts';

const MACHINE = [
  ...['-M', 'pseries', '-nodefaults'],
  ...['-m', '1G,slots=4,maxmem=5G'],
  ...['-object', 'memory-backend-ram,id=c0,size=256M', '-device', 'pc-dimm,memdev=c0,id=cold'],
  ...['-object', 'memory-backend-file,id=file,size=256M,mem-path=ram0,align=2G'],
  ...['-object', 'memory-backend-memfd,id=memfd,size=256M'],
  ...['-object', 'memory-backend-ram,id=m256,size=256M', '-object', 'memory-backend-ram,id=m1,size=1M'],
  ...['-object', 'memory-backend-ram,id=g2,size=2G', '-object', 'iothread,id=thread'],
];

const add = (args: object): Question => ['device_add', { driver: 'pc-dimm', ...args }];

const STORY: readonly Question[] = [
  ['device-list-properties', { typename: 'pc-dimm' }],
  ...['nosuch', 'thread', 'm1', 'c0', '', 'objects', '/objects/m1', 'ppc_spapr.ram'].map(memdev =>
    add({ id: 'd', memdev }),
  ),
  ...[9, -2, 4294967296, '0x2', 'x', 1.5, 0].map(slot => add({ id: 'd', memdev: 'm256', slot })),
  ...[1, 4096, 1073745920, 5000000000, 68719476736, '0xffffffffffe00000', -1].map(addr =>
    add({ id: 'd', memdev: 'm256', addr }),
  ),
  add({ id: 'd', memdev: 'file' }),
  add({ id: 'd', memdev: 'memfd', node: 1 }),
  add({ id: 'd', memdev: 'memfd', node: -1 }),
  add({ id: 'd', memdev: 'memfd', size: 1 }),
  add({ id: 'd', memdev: 'memfd', bus: 'pci.0' }),
  // Neither at the beginning of a block nor at one of huge pages.
  add({ id: 'd', memdev: 'memfd', addr: '0x60001000', slot: 3 }),
  add({ id: 'big', memdev: 'g2' }),
  add({ memdev: 'm256' }),
  ['query-memory-devices'],
  ['query-memory-size-summary'],
  ['query-memdev'],
  ...['info memory-devices', 'info memory_size_summary', 'info memdev', 'info numa'],
  ['qom-list', { path: '/machine/peripheral/big' }],
  ['qom-list', { path: '/machine' }],
  ['qom-list', { path: '/dr-connector' }],
  ['qom-get', { path: '/machine/dr-connector[2147483652]', property: 'device' }],
  ['qom-get', { path: '/machine/dr-connector[2147483654]', property: 'device' }],
  ['qom-get', { path: '/machine/dr-connector[2147483661]', property: 'device' }],
  ['qom-get', { path: '/machine/dr-connector[2147483661]', property: 'index' }],
  ['qom-get', { path: '/machine/dr-connector[2147483668]', property: 'index' }],
  ['qom-set', { path: '/machine/peripheral/big', property: 'size', value: 1 }],
  ['qom-set', { path: '/machine/peripheral/big', property: 'slot', value: 1 }],
  ['qom-set', { path: '/machine/peripheral/big', property: 'memdev', value: 'm1' }],
  ['object-del', { id: 'g2' }],
  ['device_del', { id: 'd' }],
  ['device_del', { id: 'cold' }],
  ['device_del', { id: 'cold' }],
  ['query-memory-devices'],
  ['object-del', { id: 'memfd' }],
  ['system_reset'],
  ['device_del', { id: 'big' }],
  ['device_del', { id: '/machine/peripheral-anon/device[0]' }],
  ['query-memory-devices'],
  ['system_reset'],
  ['query-memory-devices'],
  ['object-del', { id: 'g2' }],
];

describe('memory modules on pseries, beside QEMU', function () {
  this.timeout(60_000);

  it('are accepted, refused and removed as QEMU does', async function () {
    await askBoth(this, { args: MACHINE }, STORY);
  });
});
