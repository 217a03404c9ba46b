import assert from 'node:assert/strict';
import { DIMM, disk, NIC, pseries, q35 } from './descriptions.ts';
import { Libvirt, requireLibvirt } from './libvirt.ts';

describe('libvirt', function () {
  this.timeout(120_000);
  let libvirt: Libvirt;

  before(async function () {
    requireLibvirt(this);
    libvirt = await Libvirt.start();
  });
  after(() => libvirt?.stop());

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
      if (arch === 'x86_64') assert.match(capabilities, /<mode name='host-model' supported='yes'>\s*<model/);
    }
  });

  it('leads a pseries domain through its life', async () => {
    const image = libvirt.file('disk0.raw', { size: 1 << 26 });
    const description = pseries(libvirt.emulator('qmpsim-system-ppc64'), image);
    await libvirt.virsh('define', libvirt.file('pseries.xml', description));
    await libvirt.virsh('start', 'pseries');
    await libvirt.event("event 'lifecycle' for domain 'pseries': Started Booted\n");
    assert.equal(await libvirt.virsh('domstate', 'pseries'), 'running');
    assert.match(await libvirt.virsh('ttyconsole', 'pseries'), /^\/dev\/pts\/\d+$/);

    await libvirt.plugAndUnplug('pseries', 'ua-nic', NIC);
    await libvirt.plugAndUnplug('pseries', 'ua-disk', disk(libvirt.file('disk1.raw', { size: 1 << 20 })));
    await libvirt.plugAndUnplug('pseries', 'ua-dimm', DIMM);
    for (const count of ['3', '1']) {
      await libvirt.virsh('setvcpus', 'pseries', count);
      assert.equal(await libvirt.virsh('vcpucount', 'pseries', '--current', '--live'), count);
    }

    await libvirt.virsh('suspend', 'pseries');
    assert.equal(await libvirt.virsh('domstate', 'pseries'), 'paused');
    await libvirt.virsh('resume', 'pseries');
    await libvirt.virsh('reboot', 'pseries');
    await libvirt.event("event 'reboot' for domain 'pseries'\n");
    await libvirt.virsh('shutdown', 'pseries');
    await libvirt.event("event 'lifecycle' for domain 'pseries': Shutdown Finished after guest request\n");
    await libvirt.event("event 'lifecycle' for domain 'pseries': Stopped Shutdown\n");
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
    await libvirt.event("event 'device-removal-failed' for domain 'pseries': ua-dimm\n");
    await libvirt.virsh('destroy', 'pseries');
    await libvirt.event("event 'lifecycle' for domain 'pseries': Stopped Destroyed\n");
  });

  it('runs a PC with what such domains have, too', async () => {
    const description = q35(libvirt.emulator('qmpsim-system-x86_64'));
    await libvirt.virsh('create', libvirt.file('q35.xml', description));
    await libvirt.plugAndUnplug('q35', 'ua-nic', NIC);
    assert.match(await libvirt.virsh('qemu-monitor-command', 'q35', '--hmp', 'info status'), /running/);
    await libvirt.virsh('destroy', 'q35');
    await libvirt.event("event 'lifecycle' for domain 'q35': Stopped Destroyed\n");
  });
});
