import { askBoth } from '../differential/side-by-side.ts';

describe('types that QEMU has in modules, beside QEMU', function () {
  this.timeout(30_000);
  const look = (typename: string) => ['qom-list-properties', { typename }] as const;

  it('are not there before somebody asks for one of them', async function () {
    await askBoth(this, { args: ['-M', 'pseries', '-nodefaults'] }, [
      look('usb-redir'),
      'device_add usb-redir',
      look('usb-redir'),
      look('virtio-gpu-device'),
      'device_add virtio-gpu',
      look('virtio-gpu-device'),
      look('virtio-gpu-pci'),
      ['device-list-properties', { typename: 'virtio-gpu-pci' }],
      look('virtio-gpu-device'),
      look('usb-host'),
    ]);
  });
});
