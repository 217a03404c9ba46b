import assert from 'node:assert/strict';
import { HOSTDEV, pseries, q35 } from './descriptions.ts';
import { Libvirt, requireLibvirt } from './libvirt.ts';

/** What the guest maps of its memory, through every window it has. */
const MAPPED = { iova: 0x10000, gpa: 0x100000, size: 0x100000 };

interface Container {
  readonly 'iommu-type': string;
  readonly groups: readonly { readonly id: number }[];
  readonly 'mapped-bytes': number;
}

describe('libvirt, with a device of the host to give', function () {
  this.timeout(120_000);
  let libvirt: Libvirt;

  before(async function () {
    requireLibvirt(this);
    libvirt = await Libvirt.start();
  });
  afterEach(async () => {
    const domain = await libvirt.virsh('list', '--name');
    if (domain === '') return;
    await libvirt.virsh('destroy', domain);
    await libvirt.event(`event 'lifecycle' for domain '${domain}': Stopped Destroyed\n`);
  });
  after(() => libvirt?.stop());

  async function ask<Answer>(domain: string, command: string, args: object = {}): Promise<Answer> {
    const message = JSON.stringify({ execute: command, arguments: args });
    const { return: answer, error } = JSON.parse(
      await libvirt.virsh('qemu-monitor-command', domain, message),
    );
    assert.equal(error, undefined);
    return answer;
  }

  async function containers(domain: string): Promise<readonly Container[]> {
    type Answer = { readonly 'address-spaces': readonly { readonly containers: readonly Container[] }[] };
    const answer = await ask<Answer>(domain, 'x-query-vfio');
    return answer['address-spaces'].flatMap(space => space.containers);
  }

  async function guestMaps(domain: string): Promise<void> {
    const tables = await ask<readonly { readonly liobn: number; readonly 'nb-table': number }[]>(
      domain,
      'x-query-tce-tables',
    );
    for (const { liobn } of tables.filter(table => table['nb-table'] > 0))
      await ask(domain, 'x-guest-dma-map', { liobn, ...MAPPED });
  }

  /** The device of the host is in a container of its own, which has what the guest has mapped. */
  async function assertAssigned(domain: string, iommuType: string, mappedBytes: number): Promise<void> {
    const [container, ...others] = await containers(domain);
    assert.deepEqual(others, []);
    assert.equal(container?.['iommu-type'], iommuType);
    assert.deepEqual(
      container.groups.map(group => group.id),
      [7],
    );
    assert.equal(container['mapped-bytes'], mappedBytes);
    assert.deepEqual(await ask(domain, 'x-vfio-audit'), { consistent: true, differences: [] });
  }

  for (const [host, iommuType] of [
    ['host.json', 'type1v2'],
    ['host-power9.json', 'spapr-tce-v2'],
  ] as const) {
    const description = (devices = '') => {
      const image = libvirt.file('disk.raw', { size: 1 << 20 });
      return pseries(libvirt.emulator('qmpsim-system-ppc64', host), image, devices);
    };

    it(`plugs it into a running pseries domain, and takes it away (${iommuType})`, async () => {
      await libvirt.virsh('create', libvirt.file('pseries.xml', description()));
      await guestMaps('pseries');
      await libvirt.plug('pseries', 'ua-gpu', HOSTDEV);
      await assertAssigned('pseries', iommuType, MAPPED.size);
      await libvirt.unplug('pseries', 'ua-gpu', HOSTDEV);
      assert.deepEqual(await containers('pseries'), []);
    });

    it(`starts a pseries domain with it, and reboots that (${iommuType})`, async () => {
      await libvirt.virsh('create', libvirt.file('pseries.xml', description(HOSTDEV)));
      await guestMaps('pseries');
      await assertAssigned('pseries', iommuType, MAPPED.size);
      await libvirt.virsh('reset', 'pseries');
      await libvirt.event("event 'reboot' for domain 'pseries'\n");
      await guestMaps('pseries');
      await assertAssigned('pseries', iommuType, MAPPED.size);
    });

    it(`is told why a host refuses, and finds nothing half done (${iommuType})`, async () => {
      await libvirt.virsh('create', libvirt.file('pseries.xml', description()));
      const fault = await ask<{ readonly id: number }>('pseries', 'x-host-fault-add', {
        op: 'VFIO_SET_IOMMU',
        errno: 'EPERM',
        times: 2,
      });
      const path = libvirt.file('device.xml', HOSTDEV);
      await assert.rejects(
        libvirt.virsh('attach-device', 'pseries', path, '--live'),
        /vfio 0000:41:00\.0: .*Operation not permitted/,
      );
      assert.deepEqual(await containers('pseries'), []);
      await ask('pseries', 'x-host-fault-remove', fault);
      await libvirt.plugAndUnplug('pseries', 'ua-gpu', HOSTDEV);
    });
  }
  it('plugs it into a running PC, where it reaches all memory', async () => {
    const emulator = libvirt.emulator('qmpsim-system-x86_64');
    await libvirt.virsh('create', libvirt.file('q35.xml', q35(emulator)));
    await libvirt.plug('q35', 'ua-gpu', HOSTDEV);
    const [container] = await containers('q35');
    assert((container?.['mapped-bytes'] ?? 0) >= 512 << 20);
    assert.deepEqual(await ask('q35', 'x-vfio-audit'), { consistent: true, differences: [] });
    await libvirt.unplug('q35', 'ua-gpu', HOSTDEV);
    assert.deepEqual(await containers('q35'), []);
  });
});
