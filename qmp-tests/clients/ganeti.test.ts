import assert from 'node:assert/strict';
import { join } from 'node:path';
import { requireQemu } from '../helpers/beside-qemu.ts';
import { builtProgram } from '../helpers/program.ts';
import { LiveProgram, type Wire } from '../qmp/live-program.ts';
import { Bridge } from './bridge.ts';
import { requireFile } from './installed.ts';

const SCRIPT = join(import.meta.dirname, 'ganeti/bridge.py');
const MACHINE = [
  '-M',
  'pseries',
  '-nodefaults',
  '-display',
  'none',
  '-smp',
  '2',
  '-device',
  'virtio-balloon',
];
const MONITORS = ['qmp', 'other'].flatMap(name => ['-qmp', `unix:${name}.sock,server=on,wait=off`]);

describe('ganeti’s KVM hypervisor', () => {
  let program: LiveProgram;
  /** Another monitor of the same machine. */
  let other: Wire;
  let client: Bridge;

  before(function () {
    requireFile(this, '/usr/share/ganeti/3.0/ganeti/hypervisor/hv_kvm/monitor.py', 'ganeti-3.0');
    requireFile(this, '/usr/lib/python3/dist-packages/bitarray', 'python3-bitarray');
    requireFile(this, '/usr/bin/socat', 'socat');
  });
  afterEach(async () => {
    client?.kill();
    await program?.stop();
  });

  async function start(emulator?: string): Promise<void> {
    const options = emulator === undefined ? {} : { program: emulator };
    const human = ['-monitor', 'unix:human.sock,server=on,wait=off'];
    program = new LiveProgram([...MACHINE, ...human, ...MONITORS], options);
    other = await (await program.connect('other.sock')).negotiate();
    client = new Bridge('/usr/bin/python3', [SCRIPT, program.folder]);
  }

  const call = (name: string, ...args: readonly unknown[]) => client.call([name, ...args]);
  const connection = (method: string, ...args: readonly unknown[]) => call('connection', method, ...args);

  it('finds out what is possible, as from QEMU', async function () {
    requireQemu(this, 'ppc64');
    const features = [];
    for (const emulator of [undefined, 'qemu-system-ppc64']) {
      await start(emulator);
      await call('verify_hotplug_support');
      await call('hotplug_supported');
      assert.equal(await connection('HasDynamicAutoReadOnly'), true);
      features.push(await call('help_features', emulator ?? builtProgram()));
      features.push(await connection('GetFreePCISlot'), await connection('GetMigrationStatus'));
      await client.end();
      await program.stop();
    }
    assert.deepEqual(features.slice(0, 3), features.slice(3));
  });

  it('plugs a NIC whose backend is there, and takes it away', async () => {
    await start();
    await call('execute', 'netdev_add', { type: 'user', id: 'nic0' });
    await call('execute', 'device_add', {
      driver: 'virtio-net-pci',
      id: 'nic0',
      netdev: 'nic0',
      addr: '0xd',
    });
    assert.equal(await connection('HasDevice', 'nic0'), true);
    await connection('HotDelNic', 'nic0');
    await call('verify_hotplug', 'nic0', false);
    assert.equal(await connection('HasDevice', 'nic0'), false);
    await client.end();
  });

  it('plugs a disk by both monitors, and takes it away', async () => {
    await start();
    const uuid = '932df160-7a22-4067-a566-7e0ca8386133';
    await call('hot_add_disk', uuid, 'null-co://');
    assert.equal(await connection('HasDevice', 'disk-932df160-7a22-4067'), true);
    const hvinfo = { driver: 'virtio-blk-pci', id: 'disk-932df160-7a22-4067', bus: 'pci.0', addr: '0xc' };
    assert.deepEqual(await call('hot_del_disk', uuid), hvinfo);
    assert.equal(await connection('HasDevice', 'disk-932df160-7a22-4067'), false);
    assert.deepEqual(await other.execute('query-block'), []);
    await client.end();
  });

  // Node.js has no way to receive a descriptor; a client is told what it would be told if it had sent none.
  it('is told that descriptors do not arrive', async () => {
    await start();
    const problem = 'No file descriptor supplied via SCM_RIGHTS (GenericError):';
    const hvinfo = { driver: 'virtio-net-pci', id: 'nic0', bus: 'pci.0', addr: '0xd' };
    await assert.rejects(call('hot_add_nic', 'nic0', hvinfo, 1), {
      message: `kvm: error executing the getfd command: ${problem}`,
    });
    assert.equal(await connection('HasDevice', 'nic0'), false);
    await assert.rejects(connection('HotAddDisk', null, 'disk0', '/dev/null'), {
      message: `kvm: error executing the add-fd command: ${problem}`,
    });
    await client.end();
  });

  it('pauses and resumes the instance, and prepares its migration', async () => {
    await start();
    await connection('StopGuestEmulation');
    await other.until('"event": "STOP"}\r\n');
    await connection('ContinueGuestEmulation');
    await other.until('"event": "RESUME"}\r\n');
    await connection('SetMigrationParameters', 32 << 20, 30);
    await connection('SetMigrationCapabilities', ['auto-converge'], true);
    await assert.rejects(connection('StartMigration', 'localhost', 1), {
      message: "Instance does not support the 'migrate' QMP command.",
    });
    await client.end();
  });

  it('reads the threads of processors off the human monitor', async () => {
    await start();
    assert.deepEqual(await call('private', '_GetVcpuThreadIds'), { 0: program.pid, 1: program.pid });
    await call('human', 'system_powerdown');
    await other.until('"reason": "guest-shutdown"');
    await client.end();
  });
});
