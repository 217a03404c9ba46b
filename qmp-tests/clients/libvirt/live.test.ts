import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { Wire } from '../../qmp/live-program.ts';
import { requireFile } from '../installed.ts';
import { Libvirt } from './libvirt.ts';

const NIC = `<interface type='user'>
  <mac address='52:54:00:11:22:44'/><model type='virtio'/><alias name='ua-nic'/>
</interface>`;
const DIMM = `<memory model='dimm'>
  <target><size unit='MiB'>256</size><node>0</node></target><alias name='ua-dimm'/>
</memory>`;
const HOSTDEV = `<hostdev mode='subsystem' type='pci' managed='no'>
  <source><address domain='0' bus='0x41' slot='0' function='0'/></source><alias name='ua-gpu'/>
</hostdev>`;
const disk = (path: string) => `<disk type='file' device='disk'>
  <driver name='qemu' type='raw'/><source file='${path}'/><target dev='vdb' bus='virtio'/><alias name='ua-disk'/>
</disk>`;

function pseries(emulator: string, image: string): string {
  return `<domain type='qemu'>
  <name>pseries</name>
  <maxMemory slots='8' unit='GiB'>4</maxMemory><memory unit='MiB'>512</memory><vcpu current='1'>4</vcpu>
  <os><type arch='ppc64' machine='pseries-7.2'>hvm</type></os>
  <cpu mode='custom'><model>POWER9</model><numa><cell id='0' cpus='0-3' memory='512' unit='MiB'/></numa></cpu>
  <devices>
    <emulator>${emulator}</emulator>
    <controller type='pci' index='0' model='pci-root'/><controller type='pci' index='1' model='pci-root'/>
    <controller type='usb' model='qemu-xhci'/>
    <disk type='file'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='vda' bus='virtio'/></disk>
    <interface type='user'><model type='virtio'/></interface>
    <console type='pty'/>
    <memballoon model='virtio'/>
  </devices>
</domain>`;
}

function q35(emulator: string): string {
  return `<domain type='qemu'>
  <name>q35</name>
  <memory unit='MiB'>512</memory><vcpu>2</vcpu>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <features><acpi/><apic/></features><cpu mode='maximum'/>
  <devices>
    <emulator>${emulator}</emulator>
    <interface type='user'><model type='e1000e'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <input type='tablet' bus='usb'/><video><model type='virtio'/></video><sound model='ich9'/>
    <serial type='pty'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>`;
}

describe('libvirt', function () {
  this.timeout(120_000);
  let libvirt: Libvirt;
  let events: Wire;

  before(async function () {
    requireFile(this, '/usr/sbin/libvirtd', 'libvirt-daemon');
    requireFile(this, '/usr/bin/virsh', 'libvirt-clients');
    requireFile(
      this,
      '/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so',
      'libvirt-daemon-driver-qemu',
    );
    try {
      execFileSync('unshare', ['--mount', '--pid', '--fork', 'true'], { stdio: 'ignore' });
    } catch {
      // The daemon has a place of its own, where it meets no other.
      for (const test of this.test?.parent?.tests ?? []) test.title += ' (no namespaces can be made here)';
      this.skip();
    }
    libvirt = await Libvirt.start();
    events = await libvirt.events();
  });
  after(() => libvirt?.stop());

  /** Plugs a device by its description, and takes it away; libvirt tells of both. */
  async function plugAndUnplug(domain: string, alias: string, description: string): Promise<void> {
    const path = libvirt.file('device.xml', description);
    await libvirt.virsh('attach-device', domain, path, '--live');
    await events.until(`event 'device-added' for domain '${domain}': `);
    // libvirt has another name for memory here.
    await events.until(`${alias}\n`);
    assert.match(await libvirt.virsh('dumpxml', domain), new RegExp(`<alias name='${alias}'/>`));
    await libvirt.virsh('detach-device', domain, path, '--live');
    await events.until(`event 'device-removed' for domain '${domain}': ${alias}\n`);
    assert.doesNotMatch(await libvirt.virsh('dumpxml', domain), new RegExp(`<alias name='${alias}'/>`));
  }

  it('finds out what the emulators can do', async () => {
    for (const [arch, machine] of [
      ['ppc64', 'pseries-7.2'],
      ['x86_64', 'pc-i440fx-7.2'],
    ] as const) {
      const emulator = libvirt.emulator(`qmpsim-system-${arch}`);
      const words = ['--virttype', 'qemu', '--arch', arch, '--emulatorbin', emulator];
      const capabilities = await libvirt.virsh('domcapabilities', ...words);
      assert.match(capabilities, new RegExp(`<machine>${machine}</machine>`));
      assert.match(capabilities, /<value>vfio<\/value>/);
    }
  });

  it('leads a pseries domain through its life', async () => {
    const image = libvirt.file('disk0.raw', { size: 1 << 26 });
    const description = pseries(libvirt.emulator('qmpsim-system-ppc64'), image);
    await libvirt.virsh('define', libvirt.file('pseries.xml', description));
    await libvirt.virsh('start', 'pseries');
    await events.until("event 'lifecycle' for domain 'pseries': Started Booted\n");
    assert.equal(await libvirt.virsh('domstate', 'pseries'), 'running');
    assert.match(await libvirt.virsh('ttyconsole', 'pseries'), /^\/dev\/pts\/\d+$/);

    await plugAndUnplug('pseries', 'ua-nic', NIC);
    await plugAndUnplug('pseries', 'ua-disk', disk(libvirt.file('disk1.raw', { size: 1 << 20 })));
    await plugAndUnplug('pseries', 'ua-dimm', DIMM);
    for (const count of ['3', '1']) {
      await libvirt.virsh('setvcpus', 'pseries', count);
      assert.equal(await libvirt.virsh('vcpucount', 'pseries', '--current', '--live'), count);
    }

    await libvirt.virsh('suspend', 'pseries');
    assert.equal(await libvirt.virsh('domstate', 'pseries'), 'paused');
    await libvirt.virsh('resume', 'pseries');
    await libvirt.virsh('reboot', 'pseries');
    await events.until("event 'reboot' for domain 'pseries'\n");
    await libvirt.virsh('shutdown', 'pseries');
    await events.until("event 'lifecycle' for domain 'pseries': Shutdown Finished after guest request\n");
    await events.until("event 'lifecycle' for domain 'pseries': Stopped Shutdown\n");
    assert.equal(await libvirt.virsh('domstate', 'pseries'), 'shut off');
  });

  it('is told of a guest that keeps its memory', async () => {
    await libvirt.virsh('start', 'pseries');
    const dimm = libvirt.file('dimm.xml', DIMM);
    await libvirt.virsh('attach-device', 'pseries', dimm, '--live');
    const refuse = '{"execute":"x-guest-set","arguments":{"unplug":"refuse"}}';
    await libvirt.virsh('qemu-monitor-command', 'pseries', refuse);
    await assert.rejects(
      libvirt.virsh('detach-device', 'pseries', dimm, '--live'),
      /unplug of device was rejected by the guest/,
    );
    await events.until("event 'device-removal-failed' for domain 'pseries': ua-dimm\n");
    await libvirt.virsh('destroy', 'pseries');
    await events.until("event 'lifecycle' for domain 'pseries': Stopped Destroyed\n");
  });

  it('runs a PC with what such domains have, too', async () => {
    const description = q35(libvirt.emulator('qmpsim-system-x86_64'));
    await libvirt.virsh('create', libvirt.file('q35.xml', description));
    await plugAndUnplug('q35', 'ua-nic', NIC);
    assert.match(await libvirt.virsh('qemu-monitor-command', 'q35', '--hmp', 'info status'), /running/);
    await libvirt.virsh('destroy', 'q35');
    await events.until("event 'lifecycle' for domain 'q35': Stopped Destroyed\n");
  });

  it('gives devices of the host to guests', async function () {
    try {
      // For a guest with such a device libvirt lifts the limit on locked memory.
      execFileSync('prlimit', ['--memlock=2147483648:2147483648', 'true'], { stdio: 'ignore' });
    } catch {
      if (this.test !== undefined)
        this.test.title += ' (the limit on locked memory is not to be lifted here)';
      this.skip();
    }
    await libvirt.virsh('start', 'pseries');
    await plugAndUnplug('pseries', 'ua-gpu', HOSTDEV);
    await libvirt.virsh('destroy', 'pseries');
  });
});
