import assert from 'node:assert/strict';
import { askBoth, type Question, refuseBoth, type Target } from '../differential/side-by-side.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { RunningProgram } from '../helpers/program.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, mappingsOf } from '../vfio/observe.ts';

function machine(target: Target, type: string, memory: string, smp: string, ...backends: readonly string[]) {
  const objects = backends.flatMap((size, index) => [
    '-object',
    `memory-backend-ram,id=m${index},size=${size}`,
  ]);
  const args = ['-M', type, '-nodefaults', '-m', memory, '-smp', smp, ...objects];
  return (...options: readonly string[]) => ({
    target,
    args: [...args, ...options.flatMap(option => ['-numa', option])],
  });
}

const pseries = machine('ppc64', 'pseries', '1G', '4', '512M', '512M', '1G', '896M', '128M');
const old = machine('ppc64', 'pseries-5.0', '1G', '4', '512M');
const attributed = machine('ppc64', 'pseries,hmat=on', '1G', '4', '1G');
const named = machine('ppc64', 'pseries,memory-backend=m0', '1G', '4', '1G', '1G');
const q35 = machine('x86_64', 'q35', '1G', '8,sockets=2,dies=2', '1G');
const halves = ['node,memdev=m0', 'node,memdev=m1'] as const;

/** What cannot be, told by the machine that it is asked of and its `-numa` options. */
const REFUSED: Readonly<Record<string, ReturnType<typeof pseries>>> = {
  'a node twice': pseries('node,nodeid=1', 'node,nodeid=1'),
  'a node too many': pseries('node,nodeid=128'),
  'a number that is none': pseries('node,nodeid=-1'),
  'a gap': pseries('node,nodeid=2,memdev=m2'),
  'nodes without memory': pseries('node', 'node'),
  'too little memory': pseries('node,memdev=m0'),
  'memory twice': pseries('node,memdev=m0', 'node,memdev=m0'),
  'memory that is not in blocks': pseries('node,memdev=m3', 'node,memdev=m4'),
  'memory that is not there': pseries('node,memdev=nosuch'),
  'memory without a backend': pseries('node,mem=1G'),
  'memory with and without a backend': pseries('node,mem=1G,memdev=m0'),
  'memory with and without a backend, on an old machine': old('node,mem=512M', 'node,memdev=m0'),
  'too little memory on an old machine': old('node,mem=512M', 'node'),
  'memory that the machine has already': named('node,memdev=m1'),
  'a processor on two nodes': pseries('node,cpus=0-1,memdev=m2', 'node,cpus=1-3'),
  'a processor too many': pseries('node,cpus=4,memdev=m2'),
  'a processor number that is none': pseries('node,cpus=3-1'),
  'a processor number that is too large': pseries('node,cpus=70000'),
  'a processor of no node': pseries('cpu,core-id=0'),
  'a processor of an unknown node': pseries('cpu,node-id=5,core-id=0'),
  'a processor that is not there': pseries(...halves, 'cpu,node-id=0,core-id=9'),
  'a processor by thread': pseries(...halves, 'cpu,node-id=0,thread-id=0'),
  'a processor by die, where there are none': pseries(...halves, 'cpu,node-id=0,die-id=0,socket-id=0'),
  'a processor by cluster on a PC': q35('node,memdev=m0', 'cpu,node-id=0,cluster-id=0'),
  'a processor on a die that is not there': q35('node,memdev=m0', 'cpu,node-id=0,socket-id=0,die-id=7'),
  'a distance of an unknown node': pseries('node,memdev=m2', 'dist,src=0,dst=1,val=20'),
  'a distance of no possible node': pseries(...halves, 'dist,src=200,dst=0,val=20'),
  'a distance below the least': pseries(...halves, 'dist,src=0,dst=1,val=9'),
  'a distance from itself': pseries(...halves, 'dist,src=1,dst=1,val=11'),
  'a distance without a value': pseries(...halves, 'dist,src=0,dst=1'),
  'a distance that is missing': pseries(...halves, 'node', 'dist,src=0,dst=1,val=20'),
  'a distance missing in one direction': pseries(
    ...[...halves, 'node', 'dist,src=0,dst=1,val=20', 'dist,src=1,dst=0,val=21'],
    ...['dist,src=0,dst=2,val=20', 'dist,src=1,dst=2,val=20'],
  ),
  'an initiator without attributes of memory': pseries('node,initiator=0,memdev=m2'),
  'an initiator without processors': attributed('node,memdev=m0', 'node,initiator=1'),
  'latencies without attributes of memory': pseries(
    'node,memdev=m2',
    'hmat-lb,initiator=0,target=0,hierarchy=memory,data-type=access-latency,latency=10',
  ),
  'an incomplete cache': pseries('hmat-cache,node-id=0,size=4096,level=1'),
  'an unknown kind of option': pseries('nosuch'),
};

const STATE: readonly Question[] = [
  ['query-hotpluggable-cpus'],
  ['query-cpus-fast'],
  ['query-memdev'],
  ['query-memory-size-summary'],
  ['qom-get', { path: '/machine', property: 'memory-backend' }],
  ['qom-get', { path: '/machine', property: 'memory' }],
  ['qom-list', { path: '/machine' }],
  ['set-numa-node', { type: 'node' }],
  'info numa',
  'info hotpluggable-cpus',
];

const CONFIGURATION: readonly Question[] = [
  ['query-hotpluggable-cpus'],
  ['set-numa-node', { type: 'node', nodeid: 0, memdev: 'm0' }],
  ['set-numa-node', { type: 'node', nodeid: 1, memdev: 'm1', cpus: [1, 2] }],
  ['set-numa-node', { type: 'node', nodeid: 1 }],
  ['set-numa-node', { type: 'node', nodeid: 70000 }],
  ['set-numa-node', { type: 'node', mem: 1048576 }],
  ['set-numa-node', { type: 'cpu', 'node-id': 0, 'core-id': 0 }],
  ['set-numa-node', { type: 'cpu', 'node-id': 0, 'core-id': 1 }],
  ['query-hotpluggable-cpus'],
  ['set-numa-node', { type: 'dist', src: 0, dst: 1, val: 20 }],
  ['set-numa-node', { type: 'dist', src: 0, dst: 1 }],
  ['set-numa-node', { type: 'hmat-lb', initiator: 0, target: 0 }],
  ['set-numa-node', { type: 'nosuch' }],
  ['set-numa-node'],
  ['qom-list', { path: '/machine' }],
  ['qom-list', { path: '/machine/unattached' }],
  ['qom-list', { path: '/' }],
  ['qom-get', { path: '/machine', property: 'memory-backend' }],
  ['qom-get', { path: '/machine', property: 'ic-mode' }],
  ['query-cpus-fast'],
  ['x-exit-preconfig'],
  ...STATE,
];

describe('memory and processors by distance, beside QEMU', function () {
  this.timeout(60_000);

  for (const [what, setting] of Object.entries(REFUSED)) {
    it(`cannot be ${what}`, async function () {
      await refuseBoth(this, setting);
    });
  }

  it('are taken with a warning where they could be said better', async function () {
    // What fails comes later: to see what was printed up to then.
    const failing = ({ target, args }: ReturnType<typeof pseries>) => {
      return { target, args: [...args, '-device', 'nosuch'] };
    };
    await refuseBoth(this, failing(pseries(...halves, 'cpu,node-id=0,core-id=1', 'cpu,node-id=1,core-id=2')));
    await refuseBoth(this, failing(q35('node,memdev=m0', 'cpu,node-id=0,socket-id=1,die-id=0')));
    await refuseBoth(this, failing(old('node,mem=512M', 'node,mem=512M')));
    await refuseBoth(this, failing(attributed('node,memdev=m0', 'node,initiator=200')));
  });

  it('are shown where they belong on pseries', async function () {
    await askBoth(this, pseries('node,memdev=m0,cpus=0-1', 'node,memdev=m1,cpus=2-3', 'node'), STATE);
  });

  it('are shown where they belong on a PC', async function () {
    await askBoth(this, q35('node,memdev=m0', 'node'), STATE);
  });

  it('are on one node on a PC that takes modules, and on none otherwise', async function () {
    await askBoth(this, machine('x86_64', 'pc', '1G,slots=2,maxmem=2G', '1,maxcpus=2')(), STATE);
    await askBoth(this, machine('x86_64', 'pc', '1G', '1,maxcpus=2')(), STATE);
  });

  it('are told of before a machine is built', async function () {
    const { args } = pseries();
    await askBoth(this, { args: [...args, '-preconfig'] }, CONFIGURATION);
  });

  it('place what comes later', async function () {
    const setting = machine(
      'ppc64',
      'pseries',
      '1G,slots=4,maxmem=4G',
      '1,maxcpus=4',
      '512M',
      '512M',
      '256M',
    );
    const core = { driver: 'power9_v2.0-spapr-cpu-core' };
    await askBoth(this, setting('node,memdev=m0,cpus=0-1', 'node,memdev=m1,cpus=2-3'), [
      ['device_add', { driver: 'pc-dimm', id: 'dimm', memdev: 'm2', node: 2 }],
      ['device_add', { driver: 'pc-dimm', id: 'dimm', memdev: 'm2', node: 1 }],
      ['device_add', { ...core, id: 'c1', 'core-id': 1, 'node-id': 1 }],
      ['device_add', { ...core, id: 'c2', 'core-id': 2, 'node-id': 1 }],
      ['device_add', { ...core, id: 'c3', 'core-id': 3 }],
      ['qom-get', { path: '/machine/peripheral/c3', property: 'node-id' }],
      ['device_add', { driver: 'spapr-pci-host-bridge', index: 1, numa_node: 1 }],
      ['device_add', { driver: 'spapr-pci-host-bridge', index: 2, numa_node: 2 }],
      ...STATE,
    ]);
  });
});

describe('memory of a machine', function () {
  this.timeout(60_000);

  it('that the user has made is what the machine uses, if it is as large as is said', async function () {
    const one = ['-object', 'memory-backend-ram,id=one,size=1G', '-nodefaults'];
    const questions: readonly Question[] = [
      ['query-memory-size-summary'],
      ['query-memdev'],
      ['qom-get', { path: '/machine', property: 'memory' }],
      ['object-del', { id: 'one' }],
      'info numa',
    ];
    for (const path of ['one', '/objects/one', 'objects/one'])
      await askBoth(this, { args: ['-M', `pseries,memory-backend=${path}`, '-m', '1G', ...one] }, questions);
    await refuseBoth(this, { args: ['-M', 'pseries,memory-backend=one', '-m', '512M', ...one] });
    await refuseBoth(this, { args: ['-M', 'pseries,memory-backend=two', ...one] });
  });

  it('on nodes is seen by devices piece by piece', async () => {
    const program = await RunningProgram.start(
      [
        ...['-M', 'pc', '-m', '5G', '-object', 'memory-backend-ram,id=a,size=2G'],
        ...['-object', 'memory-backend-ram,id=b,size=3G', '-numa', 'node,memdev=a', '-numa', 'node,memdev=b'],
        ...['-device', 'vfio-pci,host=0000:01:00.0'],
      ],
      'qmpsim-system-x86_64',
    );
    const mappings = await mappingsOf(program.qmp);
    const large = mappings.filter(({ size }) => size >= 2 ** 30).map(({ iova, size }) => [iova, size]);
    // The hole below 4 GiB begins where the second piece is cut.
    assert.deepEqual(large, [
      [2 ** 20, 3 * 2 ** 30 - 2 ** 20],
      [4 * 2 ** 30, 2 * 2 ** 30],
    ]);
    await assertConsistent(program.qmp);
    await program.stop();
  });

  it('is as large as what the user has made if nothing is said', async () => {
    const { qmp, stop } = await startWith('-object', 'memory-backend-ram,id=one,size=768M');
    assert.deepEqual(await qmp.execute('query-memory-size-summary'), {
      'base-memory': 768 << 20,
      'plugged-memory': 0,
    });
    await stop();
  });
});

/** QEMU 7.2 itself never comes up so. */
async function startWith(...args: readonly string[]) {
  const program = await RunningProgram.start(['-M', 'pseries,memory-backend=one', ...args]);
  return { qmp: program.qmp, stop: () => program.stop() };
}

describe('what is said by distance', () => {
  it('cannot be said once the machine is there', async () => {
    const test = new TestMachine({ paused: true });
    assert.equal(
      await refusal(test, 'set-numa-node', { type: 'cpu', 'node-id': 0 }),
      'The command is permitted only before the machine has been created',
    );
    test.close();
  });
});
