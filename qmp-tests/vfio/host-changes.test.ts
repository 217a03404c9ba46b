import assert from 'node:assert/strict';
import { RunningProgram } from '../helpers/program.ts';
import type { QmpClient } from '../helpers/qmp-client.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, everythingOf, tableOf } from './observe.ts';

const XHCI = { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' } as const;
const GPU = { driver: 'vfio-pci', host: '0004:01:00.0', id: 'gpu' } as const;

describe('a host that changes while machines run', () => {
  let program: RunningProgram;
  let qmp: QmpClient;

  async function start(...args: readonly string[]) {
    program = await RunningProgram.start(['-accel', 'kvm', '-m', '1G', ...args]);
    qmp = program.qmp;
  }

  afterEach(() => program.stop());

  async function hostDevice(host: string) {
    const { groups } = await qmp.execute('x-query-host');
    return groups.flatMap(({ devices }) => devices).find(device => device.host === host);
  }

  it('makes a group viable by rebinding its last device', async () => {
    await start();
    assert.match(await refusal(qmp, 'device_add', GPU), /group 4 is not viable$/);
    await qmp.execute('x-host-set', { device: '0004:01:00.1', driver: 'vfio-pci' });
    await qmp.execute('device_add', GPU);
    await assertConsistent(qmp);
  });

  it('takes a device away from a guest that lets it go', async () => {
    await start('-device', 'vfio-pci,host=0001:00:00.0,id=xhci');
    await qmp.execute('x-host-set', { device: '0001:00:00.0', driver: 'xhci_hcd' });
    assert.deepEqual((await qmp.event('DEVICE_DELETED')).data.device, 'xhci');
    assert.deepEqual(await containersOf(qmp), []);
    assert.equal((await hostDevice('0001:00:00.0'))?.driver, 'xhci_hcd');
    assert.match(
      await refusal(qmp, 'device_add', XHCI),
      /failed to open \/dev\/vfio\/1: No such file or directory$/,
    );
    await qmp.execute('x-host-set', { device: '0001:00:00.0', driver: 'vfio-pci' });
    await qmp.execute('device_add', XHCI);
  });

  it('waits for a guest that does not', async () => {
    await start('-guest', 'linux,unplug=ignore', '-device', 'vfio-pci,host=0001:00:00.0,id=xhci');
    await qmp.execute('x-host-set', { device: '0001:00:00.0', driver: null });
    const waiting = await hostDevice('0001:00:00.0');
    assert.equal(waiting?.driver, 'vfio-pci');
    assert.equal(waiting?.['next-driver'], '');

    await qmp.execute('system_reset');
    await qmp.event('DEVICE_DELETED');
    const free = await hostDevice('0001:00:00.0');
    assert.equal(free?.driver, undefined);
    assert.equal(free?.['next-driver'], undefined);
  });

  it('does not ask a guest whose device was told to keep to itself', async () => {
    await start('-device', 'vfio-pci,host=0001:00:00.0,id=xhci,x-req=off');
    await qmp.execute('x-host-set', { device: '0001:00:00.0', driver: 'xhci_hcd' });
    const { devices } = await qmp.execute('x-query-guest');
    assert.equal(devices[0]?.['removal-requested'], false);
  });

  it('loses a device that a guest gives back, and gets it again', async () => {
    await start('-device', 'vfio-pci,host=0001:00:00.0,id=xhci');
    await qmp.execute('x-host-set', { device: '0001:00:00.0', present: false });
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'xhci');
    assert.equal((await hostDevice('0001:00:00.0'))?.present, false);
    assert.deepEqual(await containersOf(qmp), []);
    assert.equal(
      await refusal(qmp, 'device_add', XHCI),
      'vfio /sys/bus/pci/devices/0001:00:00.0: no such host device: No such file or directory',
    );
    const driver = { device: '0001:00:00.0', driver: 'vfio-pci' } as const;
    assert.equal(await refusal(qmp, 'x-host-set', driver), "Host device '0001:00:00.0' is not plugged in");

    await qmp.execute('x-host-set', { device: '0001:00:00.0', present: true });
    await qmp.execute('device_add', XHCI);
    assert.equal((await hostDevice('0001:00:00.0'))?.present, undefined);
    await assertConsistent(qmp);
  });

  it('cannot have a device back from a guest that keeps it, until that is reset', async () => {
    await start('-guest', 'linux,unplug=ignore', '-device', 'vfio-pci,host=0001:00:00.0,id=xhci');
    await qmp.execute('x-host-set', { device: '0001:00:00.0', present: false });
    const waiting = await hostDevice('0001:00:00.0');
    assert.deepEqual([waiting?.present, waiting?.open], [undefined, true]);
    await qmp.execute('system_reset');
    await qmp.event('DEVICE_DELETED');
    assert.equal((await hostDevice('0001:00:00.0'))?.present, false);
  });

  it('makes a group viable by losing the device that stood in the way', async () => {
    await start();
    await qmp.execute('x-host-set', { device: '0004:01:00.1', present: false });
    await qmp.execute('device_add', GPU);
    await assertConsistent(qmp);
  });

  it('lowers and raises the limit of locked memory', async () => {
    await start();
    const before = await everythingOf(qmp);
    await qmp.execute('x-host-set', { memlock: 0x7fffffff });
    assert.match(
      await refusal(qmp, 'device_add', XHCI),
      /failed to enable container: Cannot allocate memory$/,
    );
    await qmp.execute('x-host-set', { memlock: null });
    await qmp.execute('device_add', XHCI);
    assert.equal((await qmp.execute('x-query-host'))['memlock-limit'], undefined);
    await qmp.execute('device_del', { id: 'xhci' });
    await qmp.event('DEVICE_DELETED');
    await qmp.execute('x-host-set', { memlock: 16 * 2 ** 30 });
    assert.deepEqual(await everythingOf(qmp), before);
  });

  it('can lose what its KVM was able to', async () => {
    await start();
    assert.equal((await tableOf(qmp)).accelerated, true);
    await qmp.execute('x-host-set', { kvm: [] });
    await qmp.execute('system_reset');
    assert.equal((await tableOf(qmp)).accelerated, false);
    await qmp.execute('x-host-set', { kvm: ['spapr-tce'] });
    await qmp.execute('system_reset');
    assert.equal((await tableOf(qmp)).accelerated, true);
  });

  it('knows its devices', async () => {
    await start();
    const set = (args: { device?: string; driver?: string }) => refusal(qmp, 'x-host-set', args);
    assert.equal(await set({ device: '0009:00:00.0', driver: 'x' }), "Host device '0009:00:00.0' not found");
    assert.equal(await set({ device: '0001:00:00.0' }), "Parameter 'driver' is missing");
    assert.equal(await set({ driver: 'x' }), "Parameter 'device' is missing");
  });
});
