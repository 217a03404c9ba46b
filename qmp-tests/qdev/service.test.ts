import assert from 'node:assert/strict';
import { TestMachine } from '../helpers/in-process.ts';
import { refusal } from '../helpers/wire.ts';

// QEMU 7.2 itself crashes when such a device of pseries comes back, or when another takes its slot:
// there, this is what its sources mean to do.
describe('a device that a client takes out of service', () => {
  let qmp: TestMachine;

  beforeEach(async () => {
    qmp = new TestMachine({ paused: true });
    await qmp.execute('device_add', { driver: 'e1000', id: 'nic', addr: '3' });
  });
  afterEach(() => qmp.close());

  const serve = (path: string, value: boolean) => ({ path, property: 'realized', value });
  const slots = async () => (await qmp.execute('query-pci'))[0]?.devices.map(({ slot }) => slot);

  it('leaves its slot, but not its bus, and can be set up anew', async () => {
    await qmp.execute('qom-set', serve('nic', false));
    assert.deepEqual(await slots(), []);
    const bus = await qmp.execute('qom-get', { path: 'nic', property: 'parent_bus' });
    assert.match(String(bus), /pci\.0$/);
    await qmp.execute('qom-set', { path: 'nic', property: 'mac', value: '52:54:00:00:00:01' });
    await qmp.execute('qom-set', serve('nic', true));
    assert.deepEqual(await slots(), [3]);
    assert.equal(await qmp.execute('qom-get', { path: 'nic', property: 'mac' }), '52:54:00:00:00:01');
  });

  it('cannot be removed until it is in service again', async () => {
    await qmp.execute('qom-set', serve('nic', false));
    const desc = await refusal(qmp, 'device_del', { id: 'nic' });
    assert.equal(desc, 'Device nic is already in the process of unplug');
    await qmp.execute('qom-set', serve('nic', true));
    await qmp.execute('device_del', { id: 'nic' });
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'nic');
    await qmp.execute('device_add', { driver: 'e1000', id: 'nic', addr: '3' });
  });

  it('keeps its place from others, and cannot leave it for another behind the guest’s back', async () => {
    await qmp.execute('qom-set', serve('nic', false));
    const desc = await refusal(qmp, 'device_add', { driver: 'e1000', addr: '3' });
    assert.equal(desc, 'PCI: slot 3 already occupied by e1000');
    await qmp.execute('qom-set', { path: 'nic', property: 'addr', value: '7' });
    await qmp.execute('qom-set', serve('nic', true));
    assert.equal(
      await refusal(qmp, 'device_del', { id: 'nic' }),
      'The guest does not know device nic at this address',
    );
  });

  it('goes with its request to leave at a reset, and is announced once', async () => {
    await qmp.execute('system_reset');
    await qmp.execute('device_del', { id: 'nic' });
    await qmp.execute('qom-set', serve('nic', false));
    await qmp.execute('system_reset');
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, 'nic');
    assert.equal(await refusal(qmp, 'device_del', { id: 'nic' }), "Device 'nic' not found");
  });

  it('gives what it had of the host back', async () => {
    await qmp.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
    await qmp.execute('qom-set', serve('xhci', false));
    assert.deepEqual(await qmp.execute('x-query-vfio'), { 'address-spaces': [] });
    await qmp.execute('human-monitor-command', { 'command-line': 'info qtree' });
    await qmp.execute('qom-set', serve('xhci', true));
    assert.equal((await qmp.execute('x-query-vfio'))['address-spaces'].length, 1);
  });

  it('is none of those that others depend on', async () => {
    await qmp.execute('device_add', { driver: 'virtio-net-pci', id: 'vn' });
    for (const [path, type] of [
      ['/machine/unattached/device[1]', 'power9_v2.0-spapr-cpu-core'],
      ['vn', 'virtio-net-pci'],
      ['vn/virtio-backend', 'virtio-net-device'],
    ] as const)
      assert.equal(
        await refusal(qmp, 'qom-set', serve(path, false)),
        `Property '${type}.realized' can't be changed by a client`,
      );
  });
});
