import assert from 'node:assert/strict';
import { noGuest } from '../../src/index.ts';
import { TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';
import { spaprMachine } from '../vfio/soundness.ts';

const MIB = 1 << 20;
const GIB = 1n << 30n;
const BLOCK = 256 * MIB;

const ROOM = { ramSize: GIB, ramSlots: 4n, maxRamSize: 4n * GIB };

/** Indicators of connectors (PAPR 2.7, 13.5.3.3). */
const ISOLATION = 9001;
const ALLOCATION = 9003;
/** The connector of the first block above 1 GiB of RAM. */
const FIRST_BLOCK = 0x80000004;

async function plug(test: TestMachine, id: string, blocks: number) {
  const size = blocks * BLOCK;
  await test.execute('object-add', { 'qom-type': 'memory-backend-ram', id: `${id}-mem`, size });
  await test.execute('device_add', { driver: 'pc-dimm', id, memdev: `${id}-mem` });
}

async function setIndicator(test: TestMachine, indicator: number, index: number, value: number) {
  const call = { name: 'set-indicator', args: [indicator, index, value], nret: 1 };
  return (await test.execute('x-rtas', call)).ret[0];
}

function statesOf(test: TestMachine, count: number) {
  const { connectors } = spaprMachine(test);
  return Array.from({ length: count }, (_, index) => connectors.get(FIRST_BLOCK + index)?.state);
}

/** Ids of the modules that are there. */
async function modules(test: TestMachine) {
  const { memoryDevices } = test.machine;
  assert.equal((await test.execute('query-memory-devices')).length, memoryDevices.dimms.length);
  return memoryDevices.dimms.map(({ id }) => id);
}

function names(test: TestMachine) {
  return test.drainEvents().map(({ event }) => event);
}

describe('a memory module on pseries', () => {
  it('is taken into use by the guest, block by block, and given back on request', async () => {
    const test = new TestMachine(ROOM);
    await plug(test, 'dimm', 3);
    assert.deepEqual(statesOf(test, 4), ['configured', 'configured', 'configured', 'unusable']);
    assert.deepEqual(await test.execute('query-memory-size-summary'), {
      'base-memory': 1024 * MIB,
      'plugged-memory': 768 * MIB,
    });
    assert.equal(
      await refusal(test, 'object-del', { id: 'dimm-mem' }),
      "object 'dimm-mem' is in use, can not be deleted",
    );

    await test.execute('device_del', { id: 'dimm' });
    assert.deepEqual((await test.event('DEVICE_DELETED')).data, {
      device: 'dimm',
      path: '/machine/peripheral/dimm',
    });
    assert.deepEqual(statesOf(test, 3), ['unusable', 'unusable', 'unusable']);
    await test.execute('object-del', { id: 'dimm-mem' });
    assert.deepEqual(await modules(test), []);
    test.close();
  });

  it('stays if the guest refuses, which is said three times', async () => {
    const test = new TestMachine(ROOM);
    await plug(test, 'dimm', 2);
    await test.execute('x-guest-set', { unplug: 'refuse' });
    await test.execute('device_del', { id: 'dimm' });
    assert.deepEqual(test.drainEvents(), [
      {
        event: 'MEM_UNPLUG_ERROR',
        data: { device: 'dimm', msg: 'Memory hotunplug rejected by the guest for device dimm' },
      },
      { event: 'DEVICE_UNPLUG_GUEST_ERROR', data: { device: 'dimm', path: '/machine/peripheral/dimm' } },
      { event: 'DEVICE_UNPLUG_GUEST_ERROR', data: { device: 'dimm', path: '/machine/peripheral/dimm' } },
    ]);
    assert.deepEqual(test.reports, ['Device hotunplug rejected by the guest for device dimm']);
    assert.deepEqual(statesOf(test, 2), ['configured', 'configured']);

    await test.execute('x-guest-set', { unplug: 'accept' });
    await test.execute('device_del', { id: 'dimm' });
    assert.deepEqual(names(test), ['DEVICE_DELETED']);
    test.close();
  });

  it('waits for a guest that does not answer, until the machine is reset', async () => {
    const test = new TestMachine({ ...ROOM, guestManners: { unplug: 'ignore' } });
    await plug(test, 'dimm', 2);
    await test.execute('device_del', { id: 'dimm' });
    assert.equal(
      await refusal(test, 'device_del', { id: 'dimm' }),
      'Memory unplug already in progress for device dimm',
    );
    await test.execute('system_reset');
    assert.deepEqual(names(test), ['DEVICE_DELETED', 'RESET']);
    assert.deepEqual(await modules(test), []);
    test.close();
  });

  it('goes at once if no guest has taken it into use yet', async () => {
    const test = new TestMachine({ ...ROOM, guest: noGuest });
    await plug(test, 'early', 1);
    assert.deepEqual(statesOf(test, 1), ['unusable']);
    await test.execute('device_del', { id: 'early' });
    assert.deepEqual(names(test), ['DEVICE_DELETED']);

    await plug(test, 'late', 1);
    await test.execute('system_reset');
    await test.execute('device_del', { id: 'late' });
    assert.deepEqual(await modules(test), ['late']);
    test.close();
  });

  it('keeps what it has left if the guest gives back one block and refuses another', async () => {
    const test = new TestMachine({ ...ROOM, guestManners: { unplug: 'ignore' } });
    await plug(test, 'dimm', 2);
    assert.equal(await setIndicator(test, ISOLATION, FIRST_BLOCK, 0), -1, 'nobody asked for it');
    await test.execute('device_del', { id: 'dimm' });
    assert.equal(await setIndicator(test, ISOLATION, FIRST_BLOCK, 0), 0);
    assert.equal(await setIndicator(test, ALLOCATION, FIRST_BLOCK, 0), 0);
    assert.equal(await setIndicator(test, ISOLATION, FIRST_BLOCK + 1, 1), 0);
    assert.equal(names(test).at(0), 'MEM_UNPLUG_ERROR');
    assert.deepEqual(await modules(test), ['dimm']);

    // The block that is gone is not asked for again.
    await test.execute('device_del', { id: 'dimm' });
    assert.equal(await setIndicator(test, ISOLATION, FIRST_BLOCK + 1, 0), 0);
    assert.equal(await setIndicator(test, ALLOCATION, FIRST_BLOCK + 1, 0), 0);
    assert.deepEqual(names(test), ['DEVICE_DELETED']);
    test.close();
  });

  it('leaves nothing behind where it cannot come', async () => {
    const test = new TestMachine(ROOM);
    await test.execute('object-add', { 'qom-type': 'memory-backend-ram', id: 'mem', size: BLOCK });
    const dimm = { driver: 'pc-dimm', id: 'dimm', memdev: 'mem' };
    assert.match(await refusal(test, 'device_add', { ...dimm, node: 3 }), /exceeds the number of numa nodes/);
    assert.match(await refusal(test, 'device_add', { ...dimm, slot: 4 }), /invalid slot number 4/);
    assert.deepEqual(await modules(test), []);
    await test.execute('device_add', { ...dimm, slot: 3 });
    assert.equal(
      await refusal(test, 'device_add', { ...dimm, id: 'twin' }),
      "can't use already busy memdev: mem",
    );
    await test.execute('device_del', { id: 'dimm' });
    await test.execute('object-del', { id: 'mem' });
    test.close();
  });
});

describe('a pseries machine that could have a lot of memory', () => {
  it('has no connector that nobody has asked for', async () => {
    const test = new TestMachine({ ...ROOM, maxRamSize: 4096n * GIB });
    const { connectors } = spaprMachine(test);
    const made = () => [...connectors.made].filter(({ drcType }) => drcType === 'lmb').length;
    assert.equal(made(), 0);
    await plug(test, 'dimm', 8);
    assert.equal(made(), 8);

    const children = await test.execute('qom-list', { path: '/machine' });
    assert.equal(children.filter(({ type }) => type === 'child<spapr-drc-lmb>').length, 4095 * 4);
    assert.equal(made(), 8);
    const last = `/machine/dr-connector[${0x80000000 + 4096 * 4 - 1}]`;
    assert.equal(await test.execute('qom-get', { path: last, property: 'id' }), 4096 * 4 - 1);
    assert.equal(await test.execute('qom-get', { path: last, property: 'hotplugged' }), false);
    assert.equal(made(), 9);
    test.close();
  });
});
