import { askBoth } from '../differential/side-by-side.ts';

describe('a USB hub', function () {
  this.timeout(30_000);

  it('takes what is left in its ports along, and before what goes by itself', async function () {
    // The second device gets the last port, and with it a hub that came later than itself.
    await askBoth(this, { args: ['-M', 'pseries', '-nodefaults'] }, [
      'device_add piix3-usb-uhci,id=usb',
      'device_add usb-tablet,id=a',
      'device_add usb-kbd,id=b',
      'device_add usb-mouse,id=c',
      'device_add usb-hub,id=d',
      'device_add usb-kbd,id=e',
      'device_del usb',
    ]);
  });

  it('goes with all that is plugged into it', async function () {
    await askBoth(this, { args: ['-M', 'pseries', '-nodefaults', '-device', 'piix3-usb-uhci'] }, [
      'device_add usb-hub,id=outer',
      'device_add usb-hub,id=inner,port=1.1',
      'device_add usb-kbd,id=b,port=1.1.2',
      'device_add usb-kbd,id=c,port=1.1.1',
      'device_add usb-kbd,id=d,port=1.2',
      'device_del outer',
      'info usb',
    ]);
  });
});
