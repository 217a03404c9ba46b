import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningProgram, runProgram } from '../helpers/program.ts';
import type { QmpClient } from '../helpers/qmp-client.ts';
import { refusal } from '../helpers/wire.ts';
import { assertConsistent, containersOf, everythingOf, tableOf } from './observe.ts';

const VFIO = { driver: 'vfio-pci' } as const;
const PHB1 = ['-device', 'spapr-pci-host-bridge,index=1,id=phb1'] as const;

describe('groups of the host', () => {
  let program: RunningProgram;
  let qmp: QmpClient;

  async function start(...args: readonly string[]) {
    program = await RunningProgram.start(['-accel', 'kvm', '-m', '1G', ...args]);
    qmp = program.qmp;
  }

  afterEach(() => program.stop());

  async function add(host: string, id: string, bus = 'pci.0') {
    await qmp.execute('device_add', { ...VFIO, host, id, bus });
  }

  async function remove(id: string) {
    await qmp.execute('device_del', { id });
    assert.equal((await qmp.event('DEVICE_DELETED')).data.device, id);
  }

  async function groupsByContainer() {
    const containers = await containersOf(qmp);
    return containers.map(({ groups }) => groups.map(({ id, devices }) => [id, devices.map(({ id }) => id)]));
  }

  /** What `device_add` says of a device that cannot be had, without leaving anything. */
  async function refused(host: string, bus = 'pci.0'): Promise<string> {
    const before = await everythingOf(qmp);
    const text = await refusal(qmp, 'device_add', { ...VFIO, host, id: 'refused', bus });
    assert.deepEqual(await everythingOf(qmp), before);
    assert.deepEqual(qmp.drainEvents(), []);
    return text;
  }

  it('get a container each on one bus, and the same mappings in each', async () => {
    await start('-device', 'e1000,id=nic');
    await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0, size: 0x10000 });
    await add('0001:00:00.0', 'xhci');
    await add('0003:01:00.0', 'nvme');
    assert.deepEqual(await groupsByContainer(), [[[1, ['xhci']]], [[3, ['nvme']]]]);

    await qmp.execute('x-guest-dma-map', { device: 'nvme', iova: 0x20000, gpa: 0x50000, size: 0x10000 });
    const containers = await containersOf(qmp);
    assert.deepEqual(
      containers.map(({ mappings }) => mappings),
      [32, 32],
    );
    await assertConsistent(qmp);
    assert.equal((await qmp.execute('x-query-host'))['locked-bytes'], 2 * 0x80000000);

    await remove('xhci');
    assert.equal((await tableOf(qmp)).accelerated, false);
    await remove('nvme');
    assert.equal((await tableOf(qmp)).accelerated, true);
    assert.equal((await qmp.execute('x-query-host'))['locked-bytes'], 0);
  });

  it('share their container among the devices in them', async () => {
    await start();
    await qmp.execute('device_add', { ...VFIO, host: '0002:01:00.1', id: 'port1', addr: '3.1' });
    await qmp.execute('device_add', {
      ...VFIO,
      host: '0002:01:00.0',
      id: 'port0',
      addr: '3.0',
      multifunction: true,
    });
    assert.deepEqual(await groupsByContainer(), [[[2, ['port1', 'port0']]]]);

    // Function 0 takes the other one along.
    await qmp.execute('device_del', { id: 'port0' });
    await qmp.event('DEVICE_DELETED');
    await qmp.event('DEVICE_DELETED');
    assert.deepEqual(await containersOf(qmp), []);
  });

  it('stay open as long as one of their devices is in use', async () => {
    await start();
    await add('0002:01:00.0', 'port0');
    await add('0002:01:00.1', 'port1');
    await remove('port0');
    assert.deepEqual(await groupsByContainer(), [[[2, ['port1']]]]);
    await assertConsistent(qmp);
    await remove('port1');
    assert.deepEqual(await containersOf(qmp), []);
  });

  it('are refused while a host driver uses one of their devices', async () => {
    await start();
    assert.equal(await refused('0004:01:00.0'), 'vfio 0004:01:00.0: group 4 is not viable');
  });

  it('must exist, with the device', async () => {
    await start();
    assert.equal(
      await refused('0009:01:00.0'),
      'vfio /sys/bus/pci/devices/0009:01:00.0: no such host device: No such file or directory',
    );
    assert.match(await refused('0001:00:00'), /^Property 'vfio-pci.host' doesn't take value '0001:00:00'/);
  });

  it('hand out each device once', async () => {
    await start(...PHB1);
    await add('0002:01:00.0', 'port0');
    assert.equal(await refused('0002:01:00.0'), 'vfio 0002:01:00.0: device is already attached');
  });

  it('serve one address space', async () => {
    await start(...PHB1);
    await add('0002:01:00.0', 'port0');
    assert.equal(
      await refused('0002:01:00.1', 'phb1.0'),
      'vfio 0002:01:00.1: group 2 used in multiple address spaces',
    );
    // Once the first bridge has let go of the group, the second can have it.
    await remove('port0');
    await add('0002:01:00.1', 'port1', 'phb1.0');
    assert.deepEqual(await groupsByContainer(), [[[2, ['port1']]]]);
  });

  it('need as much memory locked as their window is long', async () => {
    const host = join(tmpdir(), `qmpsim-host-${process.pid}.json`);
    writeFileSync(host, JSON.stringify(TIGHT_HOST));
    await start('-host', host);
    await add('0001:00:00.0', 'first');
    assert.equal(
      await refused('0002:00:00.0'),
      'vfio 0002:00:00.0: failed to setup container for group 2: failed to enable container: ' +
        'Cannot allocate memory',
    );
    await remove('first');
    await add('0002:00:00.0', 'second');
    assert.equal((await qmp.execute('x-query-host'))['locked-bytes'], 0x80000000);
  });

  it('can be given on the command line, which fails as a whole if they cannot be had', async () => {
    const { status, stderr } = await runProgram([
      ...['-display', 'none', '-nodefaults', '-accel', 'kvm'],
      ...['-device', 'vfio-pci,host=0004:01:00.0'],
    ]);
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'qmpsim-system-ppc64: -device vfio-pci,host=0004:01:00.0: vfio 0004:01:00.0: group 4 is not viable\n' +
        'Please ensure all devices within the iommu_group are bound to their vfio bus driver.\n',
    );
    await start();
  });
});

const DEVICE = { vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' } as const;

/** Two groups, and memory to be locked for one of them. */
const TIGHT_HOST = {
  iommu: 'spapr-tce-v1',
  window: { start: 0, size: 0x80000000 },
  memlock: 0xc0000000,
  kvm: ['spapr-tce'],
  groups: [1, 2].map(id => ({ id, devices: [{ ...DEVICE, address: `000${id}:00:00.0` }] })),
};
