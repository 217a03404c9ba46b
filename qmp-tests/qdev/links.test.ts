import { askBoth } from '../differential/side-by-side.ts';

describe('a device that a link leads to, beside QEMU', function () {
  this.timeout(30_000);

  it('is gone once the link leads elsewhere', async function () {
    const link = { path: '/backend/console[0]', property: 'device' };
    const lead = (value: string) => ['qom-set', { ...link, value }] as const;
    await askBoth(this, { args: ['-M', 'pseries'] }, [
      ['qom-get', link],
      'device_add virtio-rng-pci,id=d0',
      lead('d0'),
      'device_del d0',
      'system_reset',
      ['qom-get', link],
      'device_add virtio-rng-pci,id=d0',
      lead('d0'),
      lead('d0'),
      'device_del d0',
      'system_reset',
      lead(''),
    ]);
  });
});
