import { askBoth } from '../differential/side-by-side.ts';

const DEVICES = ['e1000,id=e,addr=5', 'qemu-xhci,id=x,addr=6', 'pci-bridge,chassis_nr=1,id=br,addr=7'];
const ARGS = ['-M', 'pseries', '-nodefaults', ...DEVICES.flatMap(device => ['-device', device])];

describe('the human monitor, beside QEMU', () => {
  it('says what is wrong with a character device, and what becomes of it', async function () {
    const added = [
      ...[
        'null,id=c0',
        'null,id=c0',
        'socket,id=c0',
        'socket,id=c1',
        'nosuch,id=c0',
        'null',
        'id=x',
        'null,id=1x',
      ],
      ...['file,id=f,path=/nosuch/x', 'file,id=c0,path=/nosuch/x', 'ringbuf,id=r,size=3', 'null,id=z,foo=1'],
      ...['vc,id=v,width=x', 'null,id=m,mux=on', 'null,id=m,mux=on', 'null,id=m-base', 'null,id=a b'],
    ].map(options => `chardev-add ${options}`);
    const changed = ['null', 'null,id=q', 'null,foo=1', 'socket', 'null'].map(
      to => `chardev-change c0 ${to}`,
    );
    await askBoth(this, { args: ARGS }, [...added, ...changed, 'info chardev', ['query-chardev']]);
  });

  it('shows what there is in place of a bus that there is not', async function () {
    const paths = [
      ...[
        '/nosuch',
        '/spapr-pci-host-bridge/nosuch',
        '/spapr-pci-host-bridge/pci.0/nosuch',
        'nosuch',
        'pci.0/nosuch',
      ],
      ...['pci.0/e/x', 'pci.0/x/nosuch', 'pci.0/x/x.0/x', 'br/nosuch', 'pci.0/br/x'],
    ];
    await askBoth(
      this,
      { args: ARGS },
      paths.map(path => `device_add e1000,bus=${path}`),
    );
  });
});
