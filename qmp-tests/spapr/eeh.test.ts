import assert from 'node:assert/strict';
import { EEH_STATE } from '../../src/host/eeh.ts';
import { type Commands, createMachine, type QmpError } from '../../src/index.ts';

const BUID = [0x8000000, 0x20000000];
const XHCI_GROUP = 1;
const PARAMETER_ERROR = -3;
const HARDWARE_ERROR = -1;
/** Configuration addresses of devices in slots 0 and 1 of bus 0. */
const XHCI = 0x0000;
const E1000 = 0x0800;

/** A machine with the host's xHCI controller in slot 0 and an emulated adapter in slot 1. */
async function start() {
  const simulator = createMachine();
  await simulator.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'x', addr: '0' });
  await simulator.execute('device_add', { driver: 'e1000', addr: '1' });
  const rtas = async (name: string, args: readonly number[], nret = 1) =>
    (await simulator.execute('x-rtas', { name, args, nret })).ret;
  const state = async () => (await rtas('ibm,read-slot-reset-state2', [XHCI, ...BUID], 4))[1];
  return { simulator, rtas, state };
}

describe('EEH', () => {
  it('tells the endpoint of a device and that it is shared', async () => {
    const { rtas } = await start();
    assert.deepEqual(await rtas('ibm,get-config-addr-info2', [XHCI, ...BUID, 0], 2), [0, 1]);
    assert.deepEqual(await rtas('ibm,get-config-addr-info2', [XHCI, ...BUID, 1], 2), [0, 2]);
    assert.deepEqual(await rtas('ibm,get-config-addr-info2', [0x5000, ...BUID, 0], 2), [PARAMETER_ERROR, 0]);
  });

  it('can be enabled for an assigned device only', async () => {
    const { rtas } = await start();
    assert.deepEqual(await rtas('ibm,set-eeh-option', [XHCI, ...BUID, 1]), [0]);
    assert.deepEqual(await rtas('ibm,set-eeh-option', [E1000, ...BUID, 1]), [PARAMETER_ERROR]);
    assert.deepEqual(await rtas('ibm,set-eeh-option', [XHCI, ...BUID, 9]), [PARAMETER_ERROR]);
  });

  it('freezes after an error and is thawed step by step', async () => {
    const { simulator, rtas, state } = await start();
    const words = await rtas('ibm,read-slot-reset-state2', [XHCI, ...BUID], 5);
    assert.deepEqual(words, [0, EEH_STATE.normal, 1, 1000, 0]);
    await simulator.execute('x-host-eeh-inject', { group: XHCI_GROUP });
    assert.equal(await state(), EEH_STATE.stopped);
    await rtas('ibm,set-eeh-option', [XHCI, ...BUID, 2]);
    assert.equal(await state(), EEH_STATE.dmaStopped);
    await rtas('ibm,set-eeh-option', [XHCI, ...BUID, 3]);
    assert.equal(await state(), EEH_STATE.normal);
  });

  it('stops what an error stops, be the endpoint named by its group or by a device', async () => {
    const { simulator, rtas, state } = await start();
    const host = async () => {
      const { groups } = await simulator.execute('x-query-host');
      const group = groups.find(({ id }) => id === XHCI_GROUP);
      return [group?.['eeh-enabled'], group?.['eeh-state']];
    };
    assert.deepEqual(await host(), [true, 'normal']);
    await simulator.execute('x-host-eeh-inject', { device: '0001:00:00.0', error: 'dma-frozen' });
    assert.equal(await state(), EEH_STATE.dmaStopped);
    assert.deepEqual(await host(), [true, 'dma-stopped']);
    await rtas('ibm,set-eeh-option', [XHCI, ...BUID, 1]);
    assert.equal(await state(), EEH_STATE.normal);

    await simulator.execute('x-host-eeh-inject', { group: XHCI_GROUP, error: 'permanent' });
    assert.equal(await state(), EEH_STATE.unavailable);
    assert.deepEqual(await rtas('ibm,set-slot-reset', [XHCI, ...BUID, 3]), [HARDWARE_ERROR]);
    await simulator.execute('system_reset');
    assert.equal(await state(), EEH_STATE.unavailable);
    assert.deepEqual(await host(), [true, 'unavailable']);
  });

  it('must be told what goes wrong where', async () => {
    const { simulator } = await start();
    const refusal = (args: Commands['x-host-eeh-inject']['arguments']) =>
      simulator.execute('x-host-eeh-inject', args).then(
        () => 'done',
        (error: QmpError) => error.desc,
      );
    assert.equal(await refusal({}), "Parameter 'group' is missing");
    assert.equal(await refusal({ group: 77 }), 'IOMMU group 77 not found');
    assert.equal(await refusal({ device: '0009:00:00.0' }), "Host device '0009:00:00.0' not found");
    assert.match(await refusal({ group: 1, device: '0001:00:00.0' }), /mutually exclusive$/);
    const pc = createMachine({ type: 'pc' });
    await assert.rejects(pc.execute('x-host-eeh-inject', { group: 1 }), /^QmpError: This host has no EEH$/);
  });

  it('is given back in order when the device goes, and to the next owner', async () => {
    const { simulator, state } = await start();
    const deleted = new Promise(resolve => {
      simulator.machine.events.subscribe(name => name === 'DEVICE_DELETED' && resolve(name));
    });
    await simulator.execute('x-host-eeh-inject', { group: XHCI_GROUP });
    await simulator.execute('device_del', { id: 'x' });
    await deleted;
    await simulator.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'x', addr: '0' });
    assert.equal(await state(), EEH_STATE.normal);
  });

  it('recovers through a hot or a fundamental reset', async () => {
    const { simulator, rtas, state } = await start();
    for (const option of [1, 3]) {
      await simulator.execute('x-host-eeh-inject', { group: XHCI_GROUP });
      await rtas('ibm,set-slot-reset', [XHCI, ...BUID, option]);
      assert.equal(await state(), EEH_STATE.reset);
      await rtas('ibm,set-slot-reset', [XHCI, ...BUID, 0]);
      assert.equal(await state(), EEH_STATE.normal);
      assert.deepEqual(await rtas('ibm,configure-pe', [XHCI, ...BUID]), [0]);
    }
    assert.deepEqual(await rtas('ibm,set-slot-reset', [XHCI, ...BUID, 2]), [PARAMETER_ERROR]);
    assert.deepEqual(await rtas('ibm,slot-error-detail', [XHCI, ...BUID, 0, 0, 0, 0, 1]), [1]);
  });

  it('is watched for again after a machine reset', async () => {
    const { simulator, rtas, state } = await start();
    await rtas('ibm,set-eeh-option', [XHCI, ...BUID, 0]);
    await assert.rejects(simulator.execute('x-host-eeh-inject', { group: XHCI_GROUP }), /not watched for/);
    await simulator.execute('system_reset');
    await simulator.execute('x-host-eeh-inject', { group: XHCI_GROUP });
    assert.equal(await state(), EEH_STATE.stopped);
  });

  it('is refused where a second group came, and available again when it left', async () => {
    const { simulator, rtas, state } = await start();
    await simulator.execute('device_add', { driver: 'vfio-pci', host: '0003:01:00.0', id: 'nvme' });
    for (const [name, args, nret] of [
      ['ibm,set-eeh-option', [XHCI, ...BUID, 1], 1],
      ['ibm,read-slot-reset-state2', [XHCI, ...BUID], 4],
      ['ibm,set-slot-reset', [XHCI, ...BUID, 1], 1],
      ['ibm,configure-pe', [XHCI, ...BUID], 1],
      ['ibm,get-config-addr-info2', [XHCI, ...BUID, 0], 2],
    ] as const) {
      assert.equal((await rtas(name, args, nret))[0], PARAMETER_ERROR, name);
    }
    const gone = new Promise<void>(resolve => {
      simulator.machine.events.subscribe(name => name === 'DEVICE_DELETED' && resolve());
    });
    await simulator.execute('device_del', { id: 'nvme' });
    await gone;
    assert.equal(await state(), EEH_STATE.normal);
  });

  it('is refused on a bridge without assigned devices', async () => {
    const simulator = createMachine();
    const call = { name: 'ibm,read-slot-reset-state2', args: [0, ...BUID], nret: 4 };
    assert.equal((await simulator.execute('x-rtas', call)).ret[0], PARAMETER_ERROR);
  });

  it('passes a failing host on as a hardware error', async () => {
    const { simulator, rtas } = await start();
    await simulator.execute('x-host-fault-add', { op: 'VFIO_EEH_PE_OP', errno: 'EIO' });
    assert.equal((await rtas('ibm,read-slot-reset-state2', [XHCI, ...BUID], 4))[0], HARDWARE_ERROR);
  });
});
